/**
 * Simple detectors for what must not stay readable. Every pattern is bounded in each repetition, so that none takes
 * more than linear time, and none crosses a quote, so that JSON stays JSON.
 */
const DETECTORS: readonly {
  readonly pattern: RegExp;
  readonly mark: string;
  readonly holds?: (match: string) => boolean;
}[] = [
  { pattern: /\beyJ[\w-]{10,2000}\.[\w-]{10,4000}\.[\w-]{10,1000}/g, mark: '[key]' },
  { pattern: /\b(?:sk|pk|rk|hf|gsk|xox[abposr]|ghp|gho|ghs|github_pat|glpat|npm)[-_][\w-]{16,255}\b/g, mark: '[key]' },
  { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, mark: '[key]' },
  { pattern: /\bAIza[\w-]{35}\b/g, mark: '[key]' },
  { pattern: /\b[Bb]earer +[\w.~+/-]{16,2000}=*/g, mark: '[key]' },
  {
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-"]{0,8000}-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
    mark: '[key]',
  },
  { pattern: /\b[\w.%+-]{1,64}@(?:[a-zA-Z0-9-]{1,63}\.){1,8}[a-zA-Z]{2,24}\b/g, mark: '[email]' },
  { pattern: /\b\d(?:[ -]?\d){12,18}\b/g, mark: '[card]', holds: isCard },
  { pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, mark: '[iban]' },
  {
    pattern: /(?<![\w.]|\d[ -])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,4}\)[ .-]?)?\d{2,8}(?:[ .-]\d{2,8}){1,5}(?!\w|[ .-]\d)/g,
    mark: '[phone]',
    holds: isPhone,
  },
  { pattern: /(?<![\w.])\+\d{9,14}(?!\w)/g, mark: '[phone]' },
];

/** The text with e-mail addresses, telephone numbers, card and account numbers and credentials replaced by marks. */
export function redact(text: string): string {
  let result = text;
  for (const { pattern, mark, holds } of DETECTORS) {
    result = result.replace(pattern, (match: string) => (holds === undefined || holds(match) ? mark : match));
  }
  return result;
}

/** Whether the digits pass Luhn's check. */
function isCard(match: string): boolean {
  let sum = 0;
  let double = false;
  for (let i = match.length - 1; i >= 0; i--) {
    const digit = match.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
    double = !double;
  }
  return sum % 10 === 0;
}

/** Other groups of digits (dates, versions, orders) neither begin like a number to call nor have its American form. */
function isPhone(match: string): boolean {
  const digits = match.replace(/\D/g, '');
  return digits.length >= 9 && digits.length <= 15 && /^([+(0]|\d{3}[ .-]\d{3}[ .-]\d{4}$)/.test(match);
}
