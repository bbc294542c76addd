/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire;

import org.jspecify.annotations.Nullable;

/**
 * The head of a request, over the client's own objects. It is asked on threads of the client, and
 * only while the request is under way. Nothing is asked for that holds a secret.
 */
public interface RequestHead {
  String method();

  /** In any case; null where it is not known. */
  @Nullable String scheme();

  /** As in the URL; an IPv6 address may have its brackets. */
  @Nullable String host();

  /** -1 for the scheme's own. */
  int port();

  /** As on the request line, without the query. */
  @Nullable String rawPath();

  /** Without the question mark; null where there is none. */
  @Nullable String rawQuery();

  /**
   * The first value of a header, or null.
   *
   * @param name in any case
   */
  @Nullable String header(String name);
}
