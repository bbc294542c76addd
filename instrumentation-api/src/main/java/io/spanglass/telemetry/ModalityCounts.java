/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static io.spanglass.wire.decode.ResponseFacts.ABSENT;

import io.opentelemetry.context.Context;
import io.spanglass.telemetry.Instruments.Measure;

/**
 * Tokens of one direction, counted by what they stand for. The counts of a call add up to the total
 * that the server reported: what it gives no modality for is {@code unknown}.
 *
 * @see <a
 *     href="https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-token-metrics.md">Token
 *     metrics</a>
 */
final class ModalityCounts {
  private final Measure text;
  private final Measure image;
  private final Measure audio;
  private final Measure unknown;

  ModalityCounts(Measure text, Measure image, Measure audio, Measure unknown) {
    this.text = text;
    this.image = image;
    this.audio = audio;
    this.unknown = unknown;
  }

  /** Counts are {@link io.spanglass.wire.decode.ResponseFacts#ABSENT} where nothing is known. */
  void record(long total, long ofText, long ofImage, long ofAudio, Series series, Context context) {
    long parts = Math.max(ofText, 0) + Math.max(ofImage, 0) + Math.max(ofAudio, 0);
    if (total != ABSENT && parts > total) {
      // Parts that contradict the total are none of it.
      unknown.record((double) total, series, context);
      return;
    }
    boolean told = record(text, ofText, series, context);
    told |= record(image, ofImage, series, context);
    told |= record(audio, ofAudio, series, context);
    // A total of nothing is a fact as well.
    if (total > parts || (total == 0 && !told)) {
      unknown.record((double) (total - parts), series, context);
    }
  }

  /** Of a modality that servers name in every answer, used or not, 0 says nothing. */
  private static boolean record(Measure measure, long count, Series series, Context context) {
    if (count <= 0) {
      return false;
    }
    measure.record((double) count, series, context);
    return true;
  }
}
