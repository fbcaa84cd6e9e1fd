// Everything a page needs beyond HTML. Each module adds one ability and listens on the document, so that parts swapped in
// by htmx work without being wired again.
import { startBoard } from "./board";
import { startCharts } from "./charts";
import { startCopying } from "./copying";
import { startDialogs } from "./dialogs";
import { startFiles } from "./files";
import { startKeys } from "./keys";
import { startLines } from "./lines";
import { startLive } from "./live";
import { startMenus } from "./menus";
import { startPalette } from "./palette";
import { startPasskeys } from "./passkeys";
import { startPickers } from "./pickers";
import { startPreferences } from "./preferences";
import { startPrinting } from "./printing";
import { startRequests } from "./requests";
import { startRetrying } from "./retrying";
import { startSelection } from "./selection";
import { startSigning } from "./signing";
import { startTabs } from "./tabs";
import { startToasts } from "./toasts";

startRequests();
startPrinting();
startTabs();
startSigning();
startToasts();
startMenus();
startDialogs();
startPalette();
startKeys();
startSelection();
startLines();
startFiles();
startCopying();
startPasskeys();
startPickers();
startPreferences();
startCharts();
startBoard();
startRetrying();
startLive();

if ("serviceWorker" in navigator && document.body.dataset["worker"]) {
  navigator.serviceWorker.register(document.body.dataset["worker"]).catch(() => undefined);
}
