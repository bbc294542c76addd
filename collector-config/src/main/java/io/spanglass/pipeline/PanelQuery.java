/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * One query of a dashboard's panel.
 *
 * @param panel the panel's title
 * @param refId the query's letter or name within the panel
 * @param dataSource the uid of the data source
 * @param language who reads the expression
 * @param expression with Grafana's variables in it
 * @param instant whether one moment is asked for, and not a range
 * @param exemplars whether exemplars are asked for too
 * @param emptyReason why the panel may have no data, from the sentence of its description that
 *     begins with "Empty"; null if it must have some
 */
public record PanelQuery(
    String panel,
    String refId,
    String dataSource,
    Language language,
    String expression,
    boolean instant,
    boolean exemplars,
    @Nullable String emptyReason) {

  /** Languages of queries. */
  public enum Language {
    PROMQL,
    LOGQL,
    TRACEQL
  }
}
