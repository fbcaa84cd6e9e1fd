// Builds the front end into ../static/build/: one hashed CSS file, hashed modules, fonts, icons and a manifest that the
// `asset` template tag reads. Everything is pressed beforehand, so that the web server only copies bytes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, copyFileSync, renameSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const built = resolve(here, "../static/build");
const fresh = join(root, ".cache/front-end");
const modules = join(root, "node_modules");
const names = {};

function keep(name, bytes) {
  const dot = name.lastIndexOf(".");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
  const hashed = `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
  writeFileSync(join(fresh, hashed), bytes);
  names[name] = hashed;
  return hashed;
}

function fonts() {
  const folder = join(modules, "@fontsource-variable/inter/files");
  for (const set of ["latin", "latin-ext", "cyrillic", "greek", "vietnamese"]) {
    copyFileSync(join(folder, `inter-${set}-opsz-normal.woff2`), join(fresh, `inter-${set}.woff2`));
    keep(`inter-${set}.woff2`, readFileSync(join(fresh, `inter-${set}.woff2`)));
    rmSync(join(fresh, `inter-${set}.woff2`));
  }
}

function styles() {
  const raw = join(fresh, "raw.css");
  const tailwind = join(modules, "@tailwindcss/cli/dist/index.mjs");
  execFileSync(process.execPath, [tailwind, "-i", join(here, "css/app.css"), "-o", raw, "--minify"], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  const css = readFileSync(raw, "utf8").replace(/inter-([a-z-]+)\.woff2/g, (name) => names[name]);
  rmSync(raw);
  keep("app.css", css);
}

async function scripts() {
  const result = await esbuild.build({
    entryPoints: { app: join(here, "ts/app.ts") },
    bundle: true, splitting: true, format: "esm", target: "es2022", minify: true, metafile: true, legalComments: "none",
    outdir: fresh, entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", absWorkingDir: root,
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint) names[output.entryPoint.replace(/^.*\/ts\//, "").replace(".ts", ".js")] = path.split("/").pop();
  }
  await esbuild.build({ entryPoints: [join(here, "ts/worker.ts")], bundle: true, minify: true, format: "iife", target: "es2022", outfile: join(fresh, "worker.js") });
  names["worker.js"] = "worker.js";
}

// One file of the icons that pages name, so that a page carries a reference for each and a browser fetches them once.
// What is named: any word in quotes in a template or a Python file. That keeps a few too many and forgets none.
function icons() {
  const folder = join(modules, "lucide-static/icons");
  const known = new Set(readdirSync(folder).filter((file) => file.endsWith(".svg")).map((file) => file.slice(0, -4)));
  const web = resolve(here, "..");
  const named = new Set();
  for (const file of readdirSync(web, { recursive: true }).filter((name) => /\.(html|py)$/.test(name))) {
    for (const [, word] of readFileSync(join(web, file), "utf8").matchAll(/["']([a-z0-9]+(?:-[a-z0-9]+)*)["']/g)) if (known.has(word)) named.add(word);
  }
  const symbols = [...named].sort().map((name) => {
    const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
    const shape = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shape}</symbol>`;
  });
  keep("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
  writeFileSync(join(fresh, "icons.json"), JSON.stringify(Object.fromEntries([...named].sort().map((name) => [name, names["icons.svg"]]))));
}

function press() {
  for (const file of readdirSync(fresh)) {
    if (!/\.(css|js|svg|webmanifest)$/.test(file)) continue;
    const bytes = readFileSync(join(fresh, file));
    if (bytes.length < 1024) continue;
    writeFileSync(join(fresh, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    writeFileSync(join(fresh, `${file}.br`), brotliCompressSync(bytes));
  }
}

async function build() {
  const started = performance.now();
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  fonts();
  styles();
  await scripts();
  icons();
  for (const file of readdirSync(join(here, "img"))) keep(file, readFileSync(join(here, "img", file)));
  writeFileSync(join(fresh, "manifest.json"), JSON.stringify(names, null, 1));
  press();
  mkdirSync(dirname(built), { recursive: true });
  rmSync(built, { recursive: true, force: true });
  renameSync(fresh, built);
  console.log(`front end built in ${Math.round(performance.now() - started)} ms`);
}

await build();
if (process.argv.includes("--watch")) {
  const { watch } = await import("node:fs");
  let soon;
  const again = (_, file) => {
    if (!file || /static|__pycache__|\.py$/.test(file)) return;
    clearTimeout(soon);
    soon = setTimeout(() => build().catch((error) => console.error(error.message)), 150);
  };
  watch(resolve(here, ".."), { recursive: true }, again);
}
