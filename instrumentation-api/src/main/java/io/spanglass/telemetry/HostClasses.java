/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import java.util.Locale;

/** From the host of a call to what kind of host it is: one of four. */
final class HostClasses {
  /** Ends of names that no public resolver knows. */
  private static final String[] PRIVATE_ENDS = {
    ".internal", ".local", ".lan", ".home", ".corp", ".intranet", ".svc", ".test", ".home.arpa"
  };

  private HostClasses() {}

  /**
   * @param isProvider whether it is a host whose provider is known
   */
  static String of(String host, boolean isProvider) {
    if (isProvider) {
      return SpanglassHostClasses.PROVIDER;
    }
    String name = host.toLowerCase(Locale.ROOT);
    if (name.equals("localhost")
        || name.endsWith(".localhost")
        || name.startsWith("127.")
        || name.equals("::1")
        || name.equals("0.0.0.0")) {
      return SpanglassHostClasses.LOCAL;
    }
    return isPrivate(name) ? SpanglassHostClasses.PRIVATE : SpanglassHostClasses.OTHER;
  }

  private static boolean isPrivate(String name) {
    if (name.indexOf(':') >= 0) {
      // RFC 4193 and link-local addresses.
      return name.startsWith("fc") || name.startsWith("fd") || name.startsWith("fe8");
    }
    if (name.indexOf('.') < 0) {
      return true;
    }
    for (String end : PRIVATE_ENDS) {
      if (name.endsWith(end)) {
        return true;
      }
    }
    return isAddress(name) && isPrivateAddress(name);
  }

  private static boolean isAddress(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c != '.' && (c < '0' || c > '9')) {
        return false;
      }
    }
    return true;
  }

  /** RFC 1918, RFC 6598 and link-local addresses. */
  private static boolean isPrivateAddress(String address) {
    if (address.startsWith("10.")
        || address.startsWith("192.168.")
        || address.startsWith("169.254.")) {
      return true;
    }
    int second = second(address);
    return (address.startsWith("172.") && second >= 16 && second <= 31)
        || (address.startsWith("100.") && second >= 64 && second <= 127);
  }

  private static int second(String address) {
    int from = address.indexOf('.') + 1;
    int value = 0;
    for (int i = from; i < address.length() && i < from + 3 && address.charAt(i) != '.'; i++) {
      value = 10 * value + address.charAt(i) - '0';
    }
    return value;
  }
}
