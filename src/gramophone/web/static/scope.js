/** The level of what an endless texture plays, drawn as it goes by. */

/** @param {HTMLCanvasElement} canvas @param {import("./endless.js").Endless} endless @param {() => void} onFrame */
export function drawScope(canvas, endless, onFrame) {
  if (canvas.dataset.running || !endless.playing) return;
  canvas.dataset.running = "true";
  const brush = canvas.getContext("2d");
  const frame = () => {
    if (!endless.playing) {
      delete canvas.dataset.running;
      return;
    }
    if (endless.meter) {
      const samples = new Float32Array(endless.meter.fftSize);
      endless.meter.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
      canvas.dataset.level = level.toFixed(4);
      brush.drawImage(canvas, -2, 0);
      brush.clearRect(canvas.width - 2, 0, 2, canvas.height);
      const height = canvas.height * Math.min(1, Math.max(0.01, 1 + Math.log10(level + 1e-4) / 3));
      brush.fillStyle = getComputedStyle(canvas).color;
      brush.fillRect(canvas.width - 2, (canvas.height - height) / 2, 1.5, height);
    }
    onFrame();
    requestAnimationFrame(frame);
  };
  frame();
}
