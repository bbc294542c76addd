/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import okhttp3.Call;
import okio.Timeout;

/** Which calls the client cancelled because their deadline ran out. */
public final class CallTimeouts {
  private static final Map<Timeout, Boolean> timedOut =
      Collections.synchronizedMap(new WeakHashMap<>());

  private CallTimeouts() {}

  public static void onTimedOut(Timeout timeout) {
    timedOut.put(timeout, true);
  }

  static boolean hasTimedOut(Call call) {
    return timedOut.containsKey(call.timeout());
  }
}
