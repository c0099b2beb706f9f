/** What is said and seen of an endless texture, and its recording. */
import { byId, make } from "/static/dom.js";
import { drawScope } from "/static/scope.js";

export class StreamView {
  /**
   * @param {import("./endless.js").Endless} endless
   * @param {import("./output.js").Output} output
   * @param {() => void} onChange when it begins or ends
   */
  constructor(endless, output, onChange) {
    this.endless = endless;
    this.output = output;
    this.onChange = onChange;
    this.view = byId("stream-view");
    this.record = byId("stream-record");
    this.record.addEventListener("click", () => this.take());
  }

  take() {
    const { endless } = this;
    if (!endless.recorded) endless.record();
    else {
      const file = endless.endRecording();
      if (this.address) URL.revokeObjectURL(this.address);
      this.address = file ? URL.createObjectURL(file) : undefined;
      const link = file ? [make("a", { href: this.address, download: "stream.wav", text: "Save the recording" })] : [];
      byId("stream-file").replaceChildren(...link);
    }
    const isRecording = Boolean(endless.recorded);
    this.record.textContent = isRecording ? "End recording" : "Record";
    this.record.setAttribute("aria-pressed", String(isRecording));
  }

  /** @param {string} state */
  show(state) {
    const { endless, view } = this;
    if (endless.recorded && (state === "recorded" || !endless.playing)) this.take();
    if (state === "recorded") return;
    const words = state === "loading" ? "the first block is being made ..." : state;
    const gaps = endless.gaps ? `, ${endless.gaps} gap(s): this machine is too slow for it` : ", no gaps so far";
    byId("stream-state").textContent = state === "playing" ? `playing${gaps}` : words;
    view.dataset.gaps = endless.gaps;
    view.dataset.state = state;
    view.dataset.rateHz = endless.rateHz ?? "";
    view.dataset.changedAfterS = endless.changedAfterS?.toFixed(2) ?? "";
    this.record.disabled = state !== "playing";
    drawScope(byId("scope"), endless, () => {
      this.output.draw(byId("meter"), byId("peak"));
      if (endless.recorded) this.record.textContent = `End recording (${endless.recordedTime})`;
    });
    this.onChange();
  }
}
