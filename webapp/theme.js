// Sets the theme and the text size before the first paint, so that a dark screen does not flash white.
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
