// Sets the theme and the size of text before the first paint, so that nothing flashes on a bad night.
{
  const phone = new URLSearchParams(location.search).get("phone") ?? "";
  const stored = (name) => {
    try {
      return localStorage.getItem(`beside.${phone}.${name}`);
    } catch {
      return null; // a private window without storage
    }
  };
  document.documentElement.dataset.theme = stored("theme") ?? "system";
  document.documentElement.dataset.size = stored("size") ?? "usual";
}
