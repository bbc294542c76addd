/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.testing.SpanRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the spans of each declared call. Inference spans that lie within each other belong to one
 * call. The response's id decides where both sides have it; what is left is matched in the order of
 * time, unless model, stream or response id contradict. Nothing is assumed about durations.
 */
final class CallMatcher {

  private final Map<String, SpanRecord> byId = new HashMap<>();
  private final Map<String, List<SpanRecord>> children = new HashMap<>();
  private final List<ServedRequest> served;
  private final List<Group> groups = new ArrayList<>();

  private CallMatcher(List<SpanRecord> spans, List<ServedRequest> served) {
    this.served = served;
    List<SpanRecord> sorted = new ArrayList<>(spans);
    sorted.sort(Comparator.comparingLong(SpanRecord::startNanos));
    for (SpanRecord span : sorted) {
      byId.put(span.spanId(), span);
      if (!span.parentSpanId().isEmpty()) {
        children.computeIfAbsent(span.parentSpanId(), id -> new ArrayList<>()).add(span);
      }
    }
    Map<String, Group> groupOfOutermost = new HashMap<>();
    for (SpanRecord span : sorted) {
      if (Spans.isInference(span)) {
        SpanRecord outermost = outermostInference(span);
        groupOfOutermost.computeIfAbsent(
                outermost.spanId(),
                id -> {
                  Group group = new Group(outermost);
                  groups.add(group);
                  return group;
                })
            .count++;
      }
    }
  }

  /**
   * The result.
   *
   * @param calls one for each declared call, in their order
   * @param strays inference spans that belong to no declared call
   */
  record Result(List<CallReport> calls, List<SpanRecord> strays) {

    /** Whether every call gave exactly one span, and nothing else did. */
    boolean complete() {
      return strays.isEmpty() && calls.stream().allMatch(call -> call.inferenceSpans() == 1);
    }
  }

  /**
   * Matches the calls of one application.
   *
   * @param calls in the order in which they were made
   * @param spans all spans of that application
   * @param served the server's view; empty for a foreign server
   */
  static Result match(
      List<DeclaredCall> calls, List<SpanRecord> spans, List<ServedRequest> served) {
    return new CallMatcher(spans, served).match(calls);
  }

  private Result match(List<DeclaredCall> calls) {
    List<List<Group>> found = new ArrayList<>();
    for (DeclaredCall call : calls) {
      List<Group> own = new ArrayList<>();
      for (Group group : groups) {
        if (call.responseId() != null
            && call.responseId().equals(Spans.responseId(group.outermost))) {
          own.add(group);
          group.taken = true;
        }
      }
      found.add(own);
    }
    List<CallReport> reports = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      DeclaredCall call = calls.get(i);
      List<Group> own = found.get(i);
      if (own.isEmpty()) {
        for (Group group : groups) {
          if (!group.taken && group.mayBe(call)) {
            group.taken = true;
            own.add(group);
            break;
          }
        }
      }
      reports.add(report(call, own));
    }
    List<SpanRecord> strays = new ArrayList<>();
    for (Group group : groups) {
      if (!group.taken) {
        strays.add(group.outermost);
      }
    }
    return new Result(reports, strays);
  }

  private CallReport report(DeclaredCall call, List<Group> own) {
    if (own.isEmpty()) {
      return new CallReport(call, null, 0, false, List.of(), served(call.responseId(), null));
    }
    SpanRecord span = own.get(0).outermost;
    int count = 0;
    for (Group group : own) {
      count += group.count;
    }
    List<CallReport.Node> tree = tree(span);
    boolean httpChild =
        children.getOrDefault(span.spanId(), List.of()).stream().anyMatch(Spans::isHttpClient);
    String responseId = call.responseId() != null ? call.responseId() : Spans.responseId(span);
    return new CallReport(call, span, count, httpChild, tree, served(responseId, tree));
  }

  /** By the response's id, else by the span that the request named as its parent. */
  private @Nullable ServedRequest served(
      @Nullable String responseId, @Nullable List<CallReport.Node> tree) {
    for (ServedRequest request : served) {
      if (responseId != null && responseId.equals(request.id())) {
        return request;
      }
    }
    if (tree != null) {
      for (ServedRequest request : served) {
        for (CallReport.Node node : tree) {
          if (node.span().spanId().equals(request.parentSpanId())
              && node.span().traceId().equals(request.traceId())) {
            return request;
          }
        }
      }
    }
    return null;
  }

  private List<CallReport.Node> tree(SpanRecord span) {
    Deque<SpanRecord> ancestors = new ArrayDeque<>();
    for (SpanRecord up = parent(span); up != null; up = parent(up)) {
      ancestors.addFirst(up);
    }
    List<CallReport.Node> tree = new ArrayList<>();
    for (SpanRecord ancestor : ancestors) {
      tree.add(new CallReport.Node(tree.size(), ancestor));
    }
    addWithDescendants(tree, tree.size(), span);
    return tree;
  }

  private void addWithDescendants(List<CallReport.Node> tree, int depth, SpanRecord span) {
    tree.add(new CallReport.Node(depth, span));
    for (SpanRecord child : children.getOrDefault(span.spanId(), List.of())) {
      addWithDescendants(tree, depth + 1, child);
    }
  }

  private SpanRecord outermostInference(SpanRecord span) {
    SpanRecord outermost = span;
    for (SpanRecord up = parent(span); up != null; up = parent(up)) {
      if (Spans.isInference(up)) {
        outermost = up;
      }
    }
    return outermost;
  }

  private @Nullable SpanRecord parent(SpanRecord span) {
    return byId.get(span.parentSpanId());
  }

  /** Inference spans within each other. */
  private static final class Group {
    private final SpanRecord outermost;
    private int count;
    private boolean taken;

    Group(SpanRecord outermost) {
      this.outermost = outermost;
    }

    boolean mayBe(DeclaredCall call) {
      String model = Spans.requestModel(outermost);
      String responseId = Spans.responseId(outermost);
      return (model == null || model.equals(call.model()))
          && Spans.isStream(outermost) == call.stream()
          && (responseId == null
              || call.responseId() == null
              || responseId.equals(call.responseId()));
    }
  }
}
