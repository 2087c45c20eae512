// Ends the notifications of this phone, even without a network.

/** End the push subscription of this browser, close its notifications and clear the badge of the icon. */
export async function silence() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await Promise.allSettled([subscription?.unsubscribe(), navigator.clearAppBadge?.(), closed(registration)]);
}

async function closed(registration) {
  for (const one of (await registration?.getNotifications()) ?? []) one.close();
}
