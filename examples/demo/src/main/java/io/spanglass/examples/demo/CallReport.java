/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.testing.SpanRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A declared call and what was seen of it.
 *
 * @param span its inference span, the outermost if there are several; null if there is none
 * @param inferenceSpans how many inference spans were seen for it; one is right
 * @param httpChild whether an HTTP client span is a child of the span
 * @param tree the span with its ancestors and descendants, in the order of a tree; empty if none
 * @param server the server's own view; null for a foreign server
 */
record CallReport(
    DeclaredCall call,
    @Nullable SpanRecord span,
    int inferenceSpans,
    boolean httpChild,
    List<Node> tree,
    @Nullable ServedRequest server) {

  /** A span of the tree; the root has depth 0. */
  record Node(int depth, SpanRecord span) {}
}
