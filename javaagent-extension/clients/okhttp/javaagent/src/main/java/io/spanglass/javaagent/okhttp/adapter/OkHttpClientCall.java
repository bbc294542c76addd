/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.call.Client;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import okhttp3.Call;
import okio.Timeout;

/** Why the client stopped a call. */
public final class OkHttpClientCall implements Client {
  /** Deadlines that ran out. The client cancels their calls, as the application may itself. */
  private static final Set<Timeout> timedOut =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final Call call;

  OkHttpClientCall(Call call) {
    this.call = call;
  }

  public static void timedOut(Timeout deadline) {
    timedOut.add(deadline);
  }

  @Override
  public boolean isCancelled() {
    return call.isCanceled();
  }

  @Override
  public boolean isTimedOut() {
    return timedOut.contains(call.timeout());
  }
}
