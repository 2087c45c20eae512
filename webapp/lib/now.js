// The current time, updated as often as a countdown needs.
import { useEffect, useState } from "./html.js";

export function useNow(every = 20_000) {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
