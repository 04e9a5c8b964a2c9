// What a person at the PC is told about the password (CW-117, CW-118).

/** For the log: which password the device stands on. */
export const passwordText = (password) =>
  password?.status === "previous" ? `on the previous password, ${password.days_left} days left` : "on the current password";

/** The notice of the Windows desktop, when there is something to be warned of. */
export function notice(password) {
  if (password?.status !== "previous") return undefined;
  return `【警告】クライアントプログラムが古いパスワードでログインしています。古いパスワードは${password.days_left}日後に無効になります。` +
    "無効になる前に、クライアントプログラムに保存されているパスワードを変更してください。";
}
