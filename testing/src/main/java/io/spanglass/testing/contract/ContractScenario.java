/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.spanglass.testing.server.Script;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One exchange, or a few that belong together. Both processes make the same list from the same
 * seed.
 *
 * @param id first segment of the request's path, and name of the application's span
 * @param name says what happens
 * @param needs without one of these it is not played
 * @param points which it shows
 * @param view how much of what the server sees is the same in every run
 * @param alone whether nothing else may be played at the same time: it is about the heap, or about
 *     who waits for whom
 * @param expected the spans, null where that depends on the client
 */
public record ContractScenario(
    String id,
    String name,
    Set<Feature> needs,
    Set<Point> points,
    View view,
    boolean alone,
    Script script,
    Application application,
    @Nullable Expected expected) {

  /** How much of the contract is played. */
  public enum Tier {
    /** Everything. */
    FULL,
    /**
     * How calls end and where their spans lie: what has an expected span and a point of its own.
     */
    ENDINGS
  }

  boolean isIn(Tier tier) {
    return tier == Tier.FULL
        || (expected != null
            && points.stream().anyMatch(point -> point.section() == Point.Section.SPAN));
  }

  /** What of the server's view two runs must share. */
  public enum View {
    /** All of it. */
    EXACT,
    /** All but which connection took which: that depends on when the client gives one back. */
    ANY_CONNECTION,
    /**
     * The requests, but neither their order nor which connection took which; and of the
     * application's view all but the order.
     */
    UNORDERED,
    /** Nothing: the client breaks off while it sends. */
    RACY
  }

  /** The application's part. */
  @FunctionalInterface
  interface Application {
    void run(Stage stage) throws Exception;
  }

  /**
   * What is to be received over OTLP.
   *
   * @param spans how many inference spans, all alike
   * @param end {@code spanglass.stream.end}
   * @param inputTokens null for absent
   * @param outputTokens null for absent
   * @param firstToken whether there is a time to first token
   * @param model whether the model's name can be known
   */
  public record Expected(
      int spans,
      String end,
      @Nullable Long inputTokens,
      @Nullable Long outputTokens,
      boolean firstToken,
      boolean model) {

    public static final Expected NONE = new Expected(0, "", null, null, false, false);

    /** One whole document. */
    public static Expected document() {
      return new Expected(1, "completed", 11L, 7L, false, true);
    }

    /** One whole stream. */
    public static Expected stream() {
      return new Expected(1, "completed", 11L, 7L, true, true);
    }

    /** It ended like this after {@code Answers.first()} had come. */
    public static Expected afterFirst(String end) {
      return new Expected(1, end, 11L, 3L, true, true);
    }

    /** It ended like this before anything that counts had come. */
    public static Expected before(String end) {
      return new Expected(1, end, null, null, false, true);
    }

    /** So many of them. */
    public Expected times(int count) {
      return new Expected(count, end, inputTokens, outputTokens, firstToken, model);
    }

    /** Whether the span's status is to be an error. */
    public boolean isError() {
      return end.equals("reset") || end.equals("timeout") || end.equals("error");
    }
  }
}
