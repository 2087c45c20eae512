// Letting this phone fall silent, without a network: nothing that rings or shows stays behind.

/** End the subscription of this browser, put its notifications away and clear the number on the icon. */
export async function silence() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await Promise.allSettled([subscription?.unsubscribe(), navigator.clearAppBadge?.(), closed(registration)]);
}

async function closed(registration) {
  for (const one of (await registration?.getNotifications()) ?? []) one.close();
}
