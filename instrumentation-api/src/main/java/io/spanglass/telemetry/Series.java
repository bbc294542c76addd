/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.spanglass.telemetry.Instruments.Measure;
import io.spanglass.wire.call.StreamEnd;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What metrics say of calls that are alike. Made once and used by all of them, so that recording
 * builds no attributes. Safe for any number of threads.
 */
final class Series {
  /** As each profile has them whose metrics are recorded. */
  private final Attributes[] call;

  private final boolean embeddings;

  /** The attributes of each measure's points, made when first needed. */
  private final AtomicReferenceArray<@Nullable Attributes @Nullable []> points;

  private Series(Attributes[] call, boolean embeddings, int measures) {
    this.call = call;
    this.embeddings = embeddings;
    this.points = new AtomicReferenceArray<>(measures);
  }

  /** One for each instrument of the measure; null for one that does not count such calls. */
  @Nullable Attributes[] points(Measure measure) {
    @Nullable Attributes @Nullable [] made = points.get(measure.id);
    if (made == null) {
      made = measure.points(call, embeddings);
      points.set(measure.id, made);
    }
    return made;
  }

  /** What our own metrics say of a tool that such a call asks for. */
  Attributes ofTool(Concept<String> name, String tool) {
    return Outlet.with(call[0], name, tool);
  }

  /** What calls that are alike have in common; every value is one of few. */
  private static final class Key {
    private final Target target;
    private final @Nullable String requestModel;
    private final @Nullable String responseModel;
    private final @Nullable String errorType;
    private final @Nullable StreamEnd end;

    Key(
        Target target,
        @Nullable String requestModel,
        @Nullable String responseModel,
        @Nullable String errorType,
        @Nullable StreamEnd end) {
      this.target = target;
      this.requestModel = requestModel;
      this.responseModel = responseModel;
      this.errorType = errorType;
      this.end = end;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (!(other instanceof Key)) {
        return false;
      }
      Key key = (Key) other;
      return end == key.end
          && target.isSameSeries(key.target)
          && Objects.equals(requestModel, key.requestModel)
          && Objects.equals(responseModel, key.responseModel)
          && Objects.equals(errorType, key.errorType);
    }

    @Override
    public int hashCode() {
      int hash = target.seriesHash();
      hash = 31 * hash + (requestModel == null ? 0 : requestModel.hashCode());
      hash = 31 * hash + (responseModel == null ? 0 : responseModel.hashCode());
      hash = 31 * hash + (errorType == null ? 0 : errorType.hashCode());
      return 31 * hash + (end == null ? 0 : end.hashCode());
    }
  }

  /** The series of a process that were used lately. */
  static final class Cache {
    private static final int LIMIT = 256;
    private static final int MAX_MODELS = 200;
    private static final int MAX_ERROR_TYPES = 100;

    private final BoundedValues models = new BoundedValues(MAX_MODELS);
    private final BoundedValues errorTypes = new BoundedValues(MAX_ERROR_TYPES);
    private final ConcurrentHashMap<Key, Series> series = new ConcurrentHashMap<>();
    private final SemconvProfile[] profiles;
    private final int measures;

    /**
     * @param measures how many there are
     * @param profiles those of the measures' {@link Instruments}
     */
    Cache(int measures, SemconvProfile... profiles) {
      this.profiles = profiles;
      this.measures = measures;
    }

    int size() {
      return series.size();
    }

    Series of(
        Target target,
        @Nullable String requestModel,
        @Nullable String responseModel,
        @Nullable String errorType,
        @Nullable StreamEnd end) {
      Key key =
          new Key(
              target,
              requestModel == null ? null : models.bound(requestModel),
              responseModel == null ? null : models.bound(responseModel),
              errorType == null ? null : errorTypes.bound(errorType),
              end);
      Series known = series.get(key);
      if (known != null) {
        return known;
      }
      Attributes[] call = new Attributes[profiles.length];
      for (int i = 0; i < call.length; i++) {
        call[i] =
            Outlet.ofCall(
                profiles[i],
                target.operation,
                target.provider,
                target.isAddressTold ? target.host : null,
                target.port,
                key.requestModel,
                key.responseModel,
                key.errorType,
                end == null ? null : end.value(),
                target.hostClass);
      }
      Series made = new Series(call, target.operation.equals(GenAiOperations.EMBEDDINGS), measures);
      if (series.size() >= LIMIT) {
        // Values that never come again must not keep out those that do.
        series.clear();
      }
      series.put(key, made);
      return made;
    }
  }
}
