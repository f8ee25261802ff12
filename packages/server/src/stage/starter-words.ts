/** What the word filter begins with, English and Russian. `*` at the end: every word that begins so. */
export const starterWords: { readonly mild: string[]; readonly strong: string[] } = {
  mild: [
    "fuck*",
    "shit*",
    "bitch*",
    "asshole*",
    "cunt*",
    "motherfuck*",
    "бля*",
    "сука",
    "суки",
    "хуй*",
    "хуе*",
    "хуё*",
    "пизд*",
    "еба*",
    "ебл*",
    "мудак*",
    "гандон*",
  ],
  strong: ["nigg*", "fagg*", "retard*", "kys", "пидор*", "пидар*", "чурк*", "хач*", "жид*"],
};
