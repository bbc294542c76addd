/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From OTLP messages to the records that tests read. */
final class OtlpDecoder {

  static List<SpanRecord> spans(ExportTraceServiceRequest request) {
    List<SpanRecord> spans = new ArrayList<>();
    for (var resourceSpans : request.getResourceSpansList()) {
      Map<String, Object> resource = attributes(resourceSpans.getResource().getAttributesList());
      for (var scopeSpans : resourceSpans.getScopeSpansList()) {
        for (Span span : scopeSpans.getSpansList()) {
          spans.add(span(span, scopeSpans.getScope(), scopeSpans.getSchemaUrl(), resource));
        }
      }
    }
    return spans;
  }

  private static SpanRecord span(
      Span span, InstrumentationScope scope, String schemaUrl, Map<String, Object> resource) {
    return new SpanRecord(
        hex(span.getTraceId()),
        hex(span.getSpanId()),
        hex(span.getParentSpanId()),
        span.getName(),
        span.getKind().name().replace("SPAN_KIND_", ""),
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano(),
        span.getStatus().getCode().name().replace("STATUS_CODE_", ""),
        span.getStatus().getMessage(),
        scope.getName(),
        scope.getVersion(),
        schemaUrl,
        attributes(span.getAttributesList()),
        resource,
        span.getEventsList().stream()
            .map(
                event ->
                    new SpanRecord.Event(
                        event.getName(),
                        event.getTimeUnixNano(),
                        attributes(event.getAttributesList())))
            .toList(),
        span.getLinksList().stream()
            .map(
                link ->
                    new SpanRecord.Link(
                        hex(link.getTraceId()),
                        hex(link.getSpanId()),
                        attributes(link.getAttributesList())))
            .toList());
  }

  static List<MetricRecord> metrics(ExportMetricsServiceRequest request) {
    List<MetricRecord> points = new ArrayList<>();
    for (var resourceMetrics : request.getResourceMetricsList()) {
      Map<String, Object> resource = attributes(resourceMetrics.getResource().getAttributesList());
      for (var scopeMetrics : resourceMetrics.getScopeMetricsList()) {
        for (Metric metric : scopeMetrics.getMetricsList()) {
          points(points, metric, scopeMetrics.getScope(), scopeMetrics.getSchemaUrl(), resource);
        }
      }
    }
    return points;
  }

  private static void points(
      List<MetricRecord> points,
      Metric metric,
      InstrumentationScope scope,
      String schemaUrl,
      Map<String, Object> resource) {
    switch (metric.getDataCase()) {
      case GAUGE -> {
        for (NumberDataPoint point : metric.getGauge().getDataPointsList()) {
          points.add(number(metric, "gauge", "", false, point, scope, schemaUrl, resource));
        }
      }
      case SUM -> {
        var sum = metric.getSum();
        for (NumberDataPoint point : sum.getDataPointsList()) {
          points.add(
              number(
                  metric,
                  "sum",
                  temporality(sum.getAggregationTemporality()),
                  sum.getIsMonotonic(),
                  point,
                  scope,
                  schemaUrl,
                  resource));
        }
      }
      case HISTOGRAM -> {
        for (var point : metric.getHistogram().getDataPointsList()) {
          points.add(
              new MetricRecord(
                  metric.getName(),
                  metric.getDescription(),
                  metric.getUnit(),
                  "histogram",
                  temporality(metric.getHistogram().getAggregationTemporality()),
                  false,
                  scope.getName(),
                  scope.getVersion(),
                  schemaUrl,
                  attributes(point.getAttributesList()),
                  resource,
                  point.getStartTimeUnixNano(),
                  point.getTimeUnixNano(),
                  point.getCount(),
                  point.hasSum() ? point.getSum() : null,
                  null,
                  point.hasMin() ? point.getMin() : null,
                  point.hasMax() ? point.getMax() : null,
                  List.copyOf(point.getExplicitBoundsList()),
                  List.copyOf(point.getBucketCountsList()),
                  exemplars(point.getExemplarsList())));
        }
      }
      case EXPONENTIAL_HISTOGRAM -> {
        for (var point : metric.getExponentialHistogram().getDataPointsList()) {
          points.add(
              new MetricRecord(
                  metric.getName(),
                  metric.getDescription(),
                  metric.getUnit(),
                  "exponential_histogram",
                  temporality(metric.getExponentialHistogram().getAggregationTemporality()),
                  false,
                  scope.getName(),
                  scope.getVersion(),
                  schemaUrl,
                  attributes(point.getAttributesList()),
                  resource,
                  point.getStartTimeUnixNano(),
                  point.getTimeUnixNano(),
                  point.getCount(),
                  point.hasSum() ? point.getSum() : null,
                  null,
                  point.hasMin() ? point.getMin() : null,
                  point.hasMax() ? point.getMax() : null,
                  List.of(),
                  List.of(),
                  exemplars(point.getExemplarsList())));
        }
      }
      case SUMMARY -> {
        for (var point : metric.getSummary().getDataPointsList()) {
          points.add(
              new MetricRecord(
                  metric.getName(),
                  metric.getDescription(),
                  metric.getUnit(),
                  "summary",
                  "",
                  false,
                  scope.getName(),
                  scope.getVersion(),
                  schemaUrl,
                  attributes(point.getAttributesList()),
                  resource,
                  point.getStartTimeUnixNano(),
                  point.getTimeUnixNano(),
                  point.getCount(),
                  point.getSum(),
                  null,
                  null,
                  null,
                  List.of(),
                  List.of(),
                  List.of()));
        }
      }
      case DATA_NOT_SET -> {}
    }
  }

  private static MetricRecord number(
      Metric metric,
      String type,
      String temporality,
      boolean monotonic,
      NumberDataPoint point,
      InstrumentationScope scope,
      String schemaUrl,
      Map<String, Object> resource) {
    Number value =
        switch (point.getValueCase()) {
          case AS_INT -> point.getAsInt();
          case AS_DOUBLE -> point.getAsDouble();
          case VALUE_NOT_SET -> null;
        };
    return new MetricRecord(
        metric.getName(),
        metric.getDescription(),
        metric.getUnit(),
        type,
        temporality,
        monotonic,
        scope.getName(),
        scope.getVersion(),
        schemaUrl,
        attributes(point.getAttributesList()),
        resource,
        point.getStartTimeUnixNano(),
        point.getTimeUnixNano(),
        null,
        null,
        value,
        null,
        null,
        List.of(),
        List.of(),
        exemplars(point.getExemplarsList()));
  }

  private static List<MetricRecord.Exemplar> exemplars(List<Exemplar> exemplars) {
    List<MetricRecord.Exemplar> records = new ArrayList<>(exemplars.size());
    for (Exemplar exemplar : exemplars) {
      Number value;
      if (exemplar.hasAsInt()) {
        value = exemplar.getAsInt();
      } else {
        value = exemplar.getAsDouble();
      }
      records.add(
          new MetricRecord.Exemplar(
              hex(exemplar.getTraceId()),
              hex(exemplar.getSpanId()),
              value,
              exemplar.getTimeUnixNano(),
              attributes(exemplar.getFilteredAttributesList())));
    }
    return records;
  }

  static List<LogRecord> logs(ExportLogsServiceRequest request) {
    List<LogRecord> logs = new ArrayList<>();
    for (var resourceLogs : request.getResourceLogsList()) {
      Map<String, Object> resource = attributes(resourceLogs.getResource().getAttributesList());
      for (var scopeLogs : resourceLogs.getScopeLogsList()) {
        InstrumentationScope scope = scopeLogs.getScope();
        for (var log : scopeLogs.getLogRecordsList()) {
          logs.add(
              new LogRecord(
                  log.getEventName(),
                  log.getSeverityNumberValue(),
                  log.hasBody() ? value(log.getBody()) : null,
                  hex(log.getTraceId()),
                  hex(log.getSpanId()),
                  log.getTimeUnixNano(),
                  scope.getName(),
                  scope.getVersion(),
                  attributes(log.getAttributesList()),
                  resource));
        }
      }
    }
    return logs;
  }

  private static Map<String, Object> attributes(List<KeyValue> attributes) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (KeyValue attribute : attributes) {
      Object value = value(attribute.getValue());
      if (value != null) {
        map.put(attribute.getKey(), value);
      }
    }
    return map;
  }

  private static @Nullable Object value(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case INT_VALUE -> value.getIntValue();
      case DOUBLE_VALUE -> value.getDoubleValue();
      case BYTES_VALUE -> value.getBytesValue().toByteArray();
      case ARRAY_VALUE -> {
        List<Object> list = new ArrayList<>();
        for (AnyValue element : value.getArrayValue().getValuesList()) {
          Object converted = value(element);
          if (converted != null) {
            list.add(converted);
          }
        }
        yield list;
      }
      case KVLIST_VALUE -> attributes(value.getKvlistValue().getValuesList());
      default -> null;
    };
  }

  private static String temporality(AggregationTemporality temporality) {
    return temporality.name().replace("AGGREGATION_TEMPORALITY_", "");
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private OtlpDecoder() {}
}
