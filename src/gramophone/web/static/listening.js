/** What the stage plays: the sounds that are chosen and their results, or what is only listened to. */
import { upload } from "/static/api.js";
import { byId } from "/static/dom.js";
import { exampleTracks, heardTogether, resultTrack, soFarTrack, soundTrack } from "/static/tracks.js";
import { asWav } from "/static/wav.js";

export class Listening {
  /**
   * @param {{compare: import("./compare.js").Compare, jobs: import("./jobs.js").Jobs, live: import("./live.js").Live,
   *   sounds: Map<string, any>, request: () => any, running: () => any, changed: () => void}} parts
   */
  constructor(parts) {
    Object.assign(this, parts);
    /** A job or an example that is only listened to; null for the sounds that are chosen. */
    this.subject = null;
  }

  /** Content, styles and results as tracks. @param {string} [chosen] id of the one that is heard */
  async show(chosen) {
    const { subject, compare, live } = this;
    if (subject?.sounds) {
      await compare.show(exampleTracks(subject), chosen);
      return;
    }
    const request = subject?.request ?? this.request();
    const known = (ids, role) => ids.map((id) => this.sounds.get(id)).filter(Boolean).map((sound) => soundTrack(sound, role));
    const tracks = [...known(request.content ? [request.content] : [], "content"), ...known(request.styles, "style")];
    tracks.push(...heardTogether(this.jobs.resultsOf(request), chosen ?? subject?.id).map(resultTrack));
    if (this.running() && live.heard && !subject) {
      const heard = { number: live.heard, lufs: live.heardLufs, rateHz: live.rateHz };
      tracks.push(soFarTrack(live.job, heard, Math.max(...tracks.map((one) => one.durationS))));
    }
    await compare.show(tracks, chosen);
  }

  /**
   * Listens to a job or an example, and leaves sounds and settings as they are.
   * @param {any} subject @param {string} id of its result @param {boolean} plays from the beginning, or stops
   */
  async hear(subject, id, plays) {
    const { player } = this.compare;
    if (plays && player.playing && this.compare.heardId === id) {
      player.pause();
      return;
    }
    this.subject = subject;
    player.context.resume();
    await this.show(id);
    this.changed();
    if (!plays) byId("stage").scrollIntoView({ block: "nearest" });
    else await player.seek(0).then(() => player.play());
  }

  /** What is heard, or the region of it, becomes an input. @param {any} slot */
  async useExcerpt(slot) {
    const excerpt = this.compare.excerpt();
    if (!excerpt) return;
    await slot.work(`cutting ${excerpt.name}`, () => upload(asWav(excerpt.channels, excerpt.rateHz), excerpt.name));
    this.compare.select(null);
  }
}
