// Passkeys: a form with data-passkey asks the server for its question, the browser for the answer, and sends it as a form.
import { around, csrfToken, one } from "./dom";
import { showToast } from "./toasts";

type Json = Record<string, unknown>;

function bytes(text: string): ArrayBuffer {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null): string | null {
  if (!buffer) return null;
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as (Json & { id: string })[]).map((each) => ({ ...each, id: bytes(each.id) }) as unknown as PublicKeyCredentialDescriptor);
}

async function made(question: Json): Promise<Json> {
  const user = question["user"] as Json & { id: string };
  const options = { ...question, challenge: bytes(question["challenge"] as string), user: { ...user, id: bytes(user.id) },
    excludeCredentials: described(question["excludeCredentials"]) };
  const key = await navigator.credentials.create({ publicKey: options as unknown as PublicKeyCredentialCreationOptions }) as PublicKeyCredential;
  const answer = key.response as AuthenticatorAttestationResponse;
  return { ...told(key), response: { clientDataJSON: text(answer.clientDataJSON), attestationObject: text(answer.attestationObject), transports: answer.getTransports?.() ?? [] } };
}

async function shown(question: Json): Promise<Json> {
  const options = { ...question, challenge: bytes(question["challenge"] as string), allowCredentials: described(question["allowCredentials"]) };
  const key = await navigator.credentials.get({ publicKey: options as unknown as PublicKeyCredentialRequestOptions }) as PublicKeyCredential;
  const answer = key.response as AuthenticatorAssertionResponse;
  return { ...told(key), response: { clientDataJSON: text(answer.clientDataJSON), authenticatorData: text(answer.authenticatorData),
    signature: text(answer.signature), userHandle: text(answer.userHandle) } };
}

function told(key: PublicKeyCredential): Json {
  return { id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(), authenticatorAttachment: key.authenticatorAttachment };
}

async function answerInto(form: HTMLFormElement, field: HTMLInputElement): Promise<void> {
  const asked = await fetch(form.dataset["question"] ?? "", { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
  if (asked.redirected) return location.assign(asked.url); // the server wants to know first who sits here
  const question = (await asked.json() as { publicKey: Json }).publicKey;
  field.value = JSON.stringify(await (form.dataset["passkey"] === "make" ? made(question) : shown(question)));
  form.submit();
}

export function startPasskeys(): void {
  document.addEventListener("submit", (event) => {
    const form = around<HTMLFormElement>(event, "form[data-passkey]");
    const field = form && one<HTMLInputElement>("input[name=credential]", form);
    if (!form || !field || field.value) return;
    event.preventDefault();
    if (!window.PublicKeyCredential) return showToast({ message: form.dataset["wordNone"] ?? "", tone: "late" });
    answerInto(form, field).catch(() => showToast({ message: form.dataset["wordStopped"] ?? "", tone: "late" }));
  });
}
