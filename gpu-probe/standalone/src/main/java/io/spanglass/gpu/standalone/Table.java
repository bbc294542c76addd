/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.standalone;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One reading as text for people: a line per GPU, and on request every metric. */
final class Table {
  private static final AttributeKey<String> HW_ID = AttributeKey.stringKey("hw.id");
  private static final AttributeKey<String> HW_NAME = AttributeKey.stringKey("hw.name");
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("hw.model");
  private static final AttributeKey<String> DRIVER = AttributeKey.stringKey("hw.driver_version");
  private static final AttributeKey<String> PROFILE =
      AttributeKey.stringKey("nvidia.gpu.mig.profile");
  private static final AttributeKey<String> STATE = AttributeKey.stringKey("hw.state");
  private static final AttributeKey<String> PROBE_STATE =
      AttributeKey.stringKey("nvidia.gpu.probe.state");
  private static final Set<String> IDENTITY =
      Set.of(
          "hw.id",
          "hw.name",
          "hw.parent",
          "hw.type",
          "hw.vendor",
          "hw.model",
          "hw.driver_version",
          "hw.firmware_version",
          "nvidia.gpu.mig.profile",
          "nvidia.gpu.mig.gi");

  private static final String[] HEAD = {
    "GPU", "MODEL", "STATE", "BUSY", "MEMORY GiB", "TEMP", "POWER W", "SM MHz", "TENSOR", "MEM BW"
  };

  private final Map<String, MetricData> metrics = new TreeMap<>();

  Table(Collection<MetricData> collected) {
    for (MetricData metric : collected) {
      metrics.put(metric.getName(), metric);
    }
  }

  /** Whether there is no GPU in it. */
  boolean isEmpty() {
    return devices().isEmpty();
  }

  /** Whether waiting longer brings nothing more soon. */
  boolean settled() {
    return !isEmpty() || nothingToRead();
  }

  boolean nothingToRead() {
    String state = probeState();
    return state != null && !state.equals("starting") && !state.equals("ok");
  }

  private @Nullable String probeState() {
    for (PointData point : points("nvidia.gpu.probe.state")) {
      if (number(point) == 1) {
        return point.getAttributes().get(PROBE_STATE);
      }
    }
    return null;
  }

  /** The GPUs and MIG devices: their ids by name, "GPU 2" before "GPU 10". */
  private Map<String, Attributes> devices() {
    Map<String, Attributes> devices = new TreeMap<>();
    for (String metric : List.of("hw.status", "hw.gpu.memory.limit")) {
      for (PointData point : points(metric)) {
        String name = point.getAttributes().get(HW_NAME);
        if (name != null) {
          devices.putIfAbsent(sortable(name), point.getAttributes());
        }
      }
    }
    return devices;
  }

  private static String sortable(String name) {
    StringBuilder key = new StringBuilder();
    for (String word : name.split(" ", -1)) {
      boolean numeric = !word.isEmpty() && word.chars().allMatch(Character::isDigit);
      key.append(numeric ? String.format(Locale.ROOT, "%05d", Integer.valueOf(word)) : word)
          .append(' ');
    }
    return key.toString();
  }

  String render(boolean all) {
    StringBuilder out = new StringBuilder();
    if (isEmpty()) {
      String state = probeState();
      out.append("No GPU can be read (").append(state == null ? "starting" : state).append(").\n");
      return out.toString();
    }
    List<String[]> rows = new ArrayList<>();
    rows.add(HEAD);
    String driver = null;
    for (Attributes device : devices().values()) {
      String id = String.valueOf(device.get(HW_ID));
      String model = device.get(MODEL);
      String profile = device.get(PROFILE);
      driver = device.get(DRIVER) == null ? driver : device.get(DRIVER);
      rows.add(
          new String[] {
            String.valueOf(device.get(HW_NAME)),
            profile != null ? profile : model == null ? "-" : model.replaceFirst("^NVIDIA ", ""),
            state(id),
            percent(find("hw.gpu.utilization", id, "hw.gpu.task", "general")),
            memory(id),
            unit(find("hw.temperature", id, "hw.sensor_location", "gpu"), "%.0f °C"),
            power(id),
            megahertz(find("nvidia.gpu.clock.frequency", id, "nvidia.gpu.clock.domain", "sm")),
            percent(find("nvidia.gpu.pipe.utilization", id, "nvidia.gpu.pipe", "tensor")),
            percent(find("nvidia.gpu.memory.bandwidth.utilization", id, null, null)),
          });
    }
    appendAligned(out, rows);
    if (driver != null) {
      out.append("driver ").append(driver).append('\n');
    }
    if (all) {
      appendAll(out);
    }
    return out.toString();
  }

  private static void appendAligned(StringBuilder out, List<String[]> rows) {
    int[] widths = new int[HEAD.length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    for (String[] row : rows) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        // Names to the left, numbers to the right.
        String format = i < 3 ? "%-" + widths[i] + "s" : "%" + widths[i] + "s";
        text.append(i == 0 ? "" : "  ").append(String.format(Locale.ROOT, format, row[i]));
      }
      out.append(text.toString().stripTrailing()).append('\n');
    }
  }

  private void appendAll(StringBuilder out) {
    for (MetricData metric : metrics.values()) {
      out.append('\n').append(metric.getName()).append(" [").append(metric.getUnit()).append("]\n");
      List<String> lines = new ArrayList<>();
      for (PointData point : metric.getData().getPoints()) {
        StringBuilder line = new StringBuilder("  ");
        String name = point.getAttributes().get(HW_NAME);
        line.append(name == null ? "" : name);
        point
            .getAttributes()
            .forEach(
                (key, value) -> {
                  if (!IDENTITY.contains(key.getKey())) {
                    line.append(line.length() > 2 ? "  " : "").append(key.getKey());
                    line.append('=').append(value);
                  }
                });
        double value = number(point);
        if (!Double.isNaN(value)) {
          line.append(line.length() > 2 ? "  " : "").append(plain(value));
        }
        lines.add(line.toString());
      }
      lines.sort(null);
      lines.forEach(line -> out.append(line).append('\n'));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  private String state(String id) {
    for (PointData point : points("hw.status")) {
      if (id.equals(point.getAttributes().get(HW_ID)) && number(point) == 1) {
        return String.valueOf(point.getAttributes().get(STATE));
      }
    }
    return "-";
  }

  private String memory(String id) {
    double used = find("hw.gpu.memory.usage", id, null, null);
    double total = find("hw.gpu.memory.limit", id, null, null);
    if (Double.isNaN(used) || Double.isNaN(total)) {
      return "-";
    }
    double gib = 1L << 30;
    return String.format(Locale.ROOT, "%.1f/%.1f", used / gib, total / gib);
  }

  private String power(String id) {
    double watts = find("hw.power", id, null, null);
    double limit = find("nvidia.gpu.power.limit", id, "nvidia.gpu.power.limit.type", "enforced");
    if (Double.isNaN(watts)) {
      return "-";
    }
    return Double.isNaN(limit)
        ? String.format(Locale.ROOT, "%.0f", watts)
        : String.format(Locale.ROOT, "%.0f/%.0f", watts, limit);
  }

  private static String percent(double ratio) {
    return unit(ratio * 100, "%.0f %%");
  }

  private static String megahertz(double hertz) {
    return unit(hertz / 1e6, "%.0f");
  }

  private static String unit(double value, String format) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
  }

  /** The value of a GPU's series, or NaN when it has none. */
  private double find(String metric, String id, @Nullable String key, @Nullable String value) {
    for (PointData point : points(metric)) {
      Attributes attributes = point.getAttributes();
      if (id.equals(attributes.get(HW_ID))
          && (key == null
              || value == null
              || value.equals(attributes.get(AttributeKey.stringKey(key))))) {
        return number(point);
      }
    }
    return Double.NaN;
  }

  private Collection<? extends PointData> points(String metric) {
    MetricData data = metrics.get(metric);
    return data == null ? List.of() : data.getData().getPoints();
  }

  private static double number(PointData point) {
    if (point instanceof LongPointData number) {
      return number.getValue();
    }
    return point instanceof DoublePointData number ? number.getValue() : Double.NaN;
  }
}
