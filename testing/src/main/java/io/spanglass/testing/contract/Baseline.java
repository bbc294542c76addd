/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import java.util.List;
import java.util.Map;

/**
 * What the application and the servers saw under the agent alone.
 *
 * @param played by the scenario's id; those that the client is not able to are missing
 * @param lacks the driver's reasons
 * @param agentSpans by the scenario's id, how many spans of each scope the agent made below the
 *     application's
 */
public record Baseline(
    Map<String, Seen> played,
    Map<Feature, String> lacks,
    Map<String, Map<String, Integer>> agentSpans) {

  /**
   * One exchange.
   *
   * @param application the transcript
   * @param server the requests as they arrived: request line, headers without trace context, body
   */
  public record Seen(List<String> application, List<String> server) {

    /** The application's lines about one aspect. */
    public List<String> lines(Aspect aspect) {
      return application.stream().filter(line -> Aspect.of(line) == aspect).toList();
    }
  }

  /** How many spans of a scope the agent made below the application's. */
  public int spans(String id, String scope) {
    return agentSpans.getOrDefault(id, Map.of()).getOrDefault(scope, 0);
  }
}
