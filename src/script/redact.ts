/** Tokens by their shape: Hugging Face, OpenAI and the like, GitHub, GitLab, Slack, AWS; a user and password in an address. */
const SHAPES = [
  /\bhf_[A-Za-z0-9]{16,}/g,
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abpors]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /(?<=:\/\/[^\s/:@]+:)[^\s/@]+(?=@)/g,
  // What is given to a name that says it: WANDB_API_KEY=..., --hf-token=..., --wandb-key ...
  /(?<=\b\w*(?:api_?key|_token|_key|_secret|password|passwd)=["']?)[^\s"'$]{4,}/gi,
  /(?<=--[\w-]*(?:api[-_]?key|wandb[-_]?key|hf[-_]?token|auth[-_]?token|access[-_]?token|secret|password)[= ]["']?)[^\s"'$-][^\s"'$]{3,}/gi,
];

/** The text with stars in the place of secrets: as many, so that columns stay. */
export const redacted = (text: string): string =>
  SHAPES.reduce((all, shape) => all.replace(shape, secret => '*'.repeat(secret.length)), text);

/** Words of a command line: a secret may be a word of its own, behind the option that names it. */
export const redactedWords = (words: readonly string[]): string[] =>
  words.map((word, index) => {
    const before = words[index - 1] ?? '';
    const pair = before.startsWith('--') ? `${before} ` : '';
    return redacted(`${pair}${word}`).slice(pair.length);
  });
