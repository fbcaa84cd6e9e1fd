// A signature drawn with finger, pen or mouse: strokes of whole numbers in a frame of 600 × 200, which the server checks.
import { all } from "./dom";

const WIDE = 600;
const HIGH = 200;
const MOST = 19_000;

export function startSigning(): void {
  for (const place of all<HTMLElement>("[data-sign]")) sign(place);
}

function sign(place: HTMLElement): void {
  const canvas = place.querySelector("canvas")!;
  const field = place.querySelector<HTMLInputElement>('input[name="drawing"]')!;
  const pen = canvas.getContext("2d")!;
  let strokes = "";
  let isDown = false;
  canvas.width = WIDE;
  canvas.height = HIGH;
  pen.lineWidth = 3;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = getComputedStyle(canvas).color;
  place.hidden = false;

  const at = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    const within = (value: number, most: number) => Math.max(0, Math.min(most, Math.round(value)));
    return [within(((event.clientX - box.left) / box.width) * WIDE, WIDE), within(((event.clientY - box.top) / box.height) * HIGH, HIGH)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    const [x, y] = at(event);
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    strokes += `M${x} ${y}`;
    pen.beginPath();
    pen.moveTo(x, y);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown || strokes.length > MOST) return;
    const [x, y] = at(event);
    strokes += `L${x} ${y}`;
    pen.lineTo(x, y);
    pen.stroke();
    field.value = strokes;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { isDown = false; });
  place.querySelector("[data-sign-again]")?.addEventListener("click", () => {
    strokes = "";
    field.value = "";
    pen.clearRect(0, 0, WIDE, HIGH);
  });
}
