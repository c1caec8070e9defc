// Large texts stand packed in the page: gzip in base64, which every browser unpacks by itself.
const unpackedText = async (packed) => {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
};
window.unpacked = (id) => unpackedText(document.getElementById(id).textContent);
for (const image of document.querySelectorAll("img[data-packed]")) {
  unpackedText(image.dataset.packed).then((text) => {
    image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    image.removeAttribute("data-packed");
  });
}
