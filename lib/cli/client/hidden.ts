/**
 * Messages that a server hides once their download was begun, though nobody deleted them.
 *
 * @module
 */
const GMAIL = /(^|\.)(gmail|googlemail)\.com\.?$/i;

/** What to tell people of `count` messages that a new session of the run does not list any more. */
export function hiddenAfterBreak(sourceid: string, count: number): string {
  const what = count === 1
    ? "1 message that was not fetched yet is not listed any more"
    : `${count} messages that were not fetched yet are not listed any more`;
  return `${what}. Somebody may have deleted them; some servers hide what was begun to be ` +
    `downloaded.${isGmail(sourceid) ? ` ${GMAIL_HIDES}` : ""}`;
}

/** What to tell people when a download breaks off for good. */
export function hiddenForGood(sourceid: string): string | undefined {
  return isGmail(sourceid) ? `The download broke off. ${GMAIL_HIDES}` : undefined;
}

const GMAIL_HIDES = "Gmail lists a message no more once its download was begun. Nothing is lost: " +
  'sign in as "recent:" and your address (--user recent:me@gmail.com), and it lists the last 30 ' +
  "days again.";

function isGmail(sourceid: string): boolean {
  return GMAIL.test(sourceid.slice(sourceid.lastIndexOf("@") + 1));
}
