/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one way out: every attribute, name, status and log line that we emit passes here, and nothing
 * sets one elsewhere. One object guards one span; the static methods guard metrics and logs.
 *
 * <p>What a server or an application says may be of any size. Here it gets a bound on length, on
 * count and on the sum of a span. A structural value that is too long is left out, a text is
 * shortened and ends with {@link #ELLIPSIS}, a list keeps its first elements; {@code
 * spanglass.attributes.cut} names the attributes that this happened to.
 *
 * <p>For one thread at a time, which {@link InferenceSpan} sees to.
 */
final class Outlet {
  /** Stands for a value that is known and cannot be told. */
  static final String OTHER = "_OTHER";

  static final String ELLIPSIS = "\u2026";

  /**
   * Of one value, in bytes of UTF-8. Less than what the decoders keep of a value (256): what they
   * have shortened is too long here, so that no part of an id passes for one.
   */
  static final int MAX_VALUE = 250;

  static final int MAX_ELEMENTS = 64;

  /** Of a list, in bytes, with {@link #ELEMENT} for each element. */
  static final int MAX_LIST = 3 * 1024;

  /** Of all strings of a span, its name among them; numbers and keys come to less than 2 KB. */
  static final int MAX_SPAN = 6 * 1024;

  /** What a string takes in memory besides its characters. */
  private static final int ELEMENT = 40;

  private final @Nullable ForeignSpan foreign;

  /** Set as long as the span is not started. */
  private @Nullable SpanBuilder builder;

  private Span span;
  private int left = MAX_SPAN;
  private @Nullable List<String> cut;

  /** What we have set on a foreign span, and may set anew. */
  private final Set<Concept<?>> ours;

  /** For a span that is to be started. */
  Outlet(SpanBuilder builder, String name) {
    this.builder = builder;
    this.foreign = null;
    this.span = Span.getInvalid();
    this.ours = Set.of();
    left -= cost(name);
  }

  /** For a span that is somebody else's: what its owner has set stands. */
  Outlet(Span span, ForeignSpan foreign) {
    this.span = span;
    this.foreign = foreign;
    this.ours = new HashSet<>();
  }

  /** Starts the span with what was set so far, which samplers see. */
  Span start(long startEpochNanos) {
    SpanBuilder toStart = builder;
    if (toStart != null) {
      span = toStart.setStartTimestamp(startEpochNanos, TimeUnit.NANOSECONDS).startSpan();
      builder = null;
    }
    return span;
  }

  /** A span's name; the operation alone where there is no model that can be told. */
  static String name(String operation, @Nullable String model) {
    return model == null || !fits(model) ? operation : operation + " " + model;
  }

  void rename(String name) {
    left -= cost(name);
    span.updateName(name);
  }

  /** The call failed. Without a description: those quote what passed on the wire. */
  void fail() {
    span.setStatus(StatusCode.ERROR);
  }

  void set(Concept<String> concept, @Nullable String value) {
    set(concept, value, null);
  }

  /**
   * @param instead what is said of a value that is too long; null for nothing
   */
  void set(Concept<String> concept, @Nullable String value, @Nullable String instead) {
    AttributeKey<String> key = open(concept);
    if (key == null || value == null) {
      return;
    }
    String named = concept.value(value);
    String guarded = guard(concept.kind, named, left);
    if (!named.equals(guarded)) {
      cut(key);
    }
    String told = guarded == null ? instead : guarded;
    if (told != null) {
      left -= cost(told);
      put(concept, key, told);
    }
  }

  void setList(Concept<List<String>> concept, @Nullable List<String> values) {
    AttributeKey<List<String>> key = open(concept);
    if (key == null || values == null || values.isEmpty()) {
      return;
    }
    int room = Math.min(MAX_LIST, left);
    int before = room;
    List<String> shortened = null;
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      String guarded =
          i < MAX_ELEMENTS && room > ELEMENT ? guard(concept.kind, value, room - ELEMENT) : null;
      if (shortened == null && !value.equals(guarded)) {
        shortened = new ArrayList<>(values.subList(0, i));
      }
      if (guarded == null) {
        // The elements after it would stand where others stood.
        break;
      }
      room -= cost(guarded) + ELEMENT;
      if (shortened != null) {
        shortened.add(guarded);
      }
    }
    if (shortened != null) {
      cut(key);
    }
    List<String> told = shortened == null ? values : shortened;
    if (!told.isEmpty()) {
      left -= before - room;
      put(concept, key, told);
    }
  }

  void set(Concept<Boolean> concept, @Nullable Boolean value) {
    setAny(concept, value);
  }

  void set(Concept<Long> concept, @Nullable Long value) {
    setAny(concept, value);
  }

  void set(Concept<Double> concept, @Nullable Double value) {
    setAny(concept, value);
  }

  private <T> void setAny(Concept<T> concept, @Nullable T value) {
    AttributeKey<T> key = value == null ? null : open(concept);
    if (key != null && value != null) {
      put(concept, key, value);
    }
  }

  /** A number that is a whole one in some profiles; one that is none is left out there. */
  void setNumber(Concept<Number> concept, @Nullable Double value) {
    AttributeKey<Number> key = value == null ? null : open(concept);
    if (key == null || value == null) {
      return;
    }
    if (key.getType() != AttributeType.LONG) {
      put(concept, key, value);
    } else if (value == Math.rint(value)) {
      put(concept, key, value.longValue());
    }
  }

  /**
   * The key to set; null where the profile lacks the concept, the span's owner has set it, or it is
   * content, which nothing here makes fit to leave.
   */
  private <T> @Nullable AttributeKey<T> open(Concept<T> concept) {
    if (concept.kind == Concept.Kind.CONTENT) {
      return null;
    }
    if (foreign != null && !concept.own && !ours.contains(concept) && foreign.has(concept)) {
      return null;
    }
    return concept.key();
  }

  private <T> void put(Concept<T> concept, AttributeKey<T> key, T value) {
    if (builder != null) {
      builder.setAttribute(key, value);
    } else {
      span.setAttribute(key, value);
    }
    if (foreign != null) {
      ours.add(concept);
    }
  }

  private void cut(AttributeKey<?> key) {
    List<String> names = cut == null ? new ArrayList<>() : new ArrayList<>(cut);
    if (names.contains(key.getKey())) {
      return;
    }
    names.add(key.getKey());
    cut = names;
    AttributeKey<List<String>> mark = SpanglassSemconv.ATTRIBUTES_CUT.key();
    if (mark != null) {
      put(SpanglassSemconv.ATTRIBUTES_CUT, mark, names);
    }
  }

  /** The value as it may leave; null if it may not. */
  private static @Nullable String guard(Concept.Kind kind, String value, int room) {
    if (fits(value) && cost(value) <= room) {
      return value;
    }
    return kind == Concept.Kind.TEXT ? shorten(value, room) : null;
  }

  /** As much of the text as fits, and the mark; null if that is nothing. */
  private static @Nullable String shorten(String value, int room) {
    // The mark is three bytes, and makes every character take two in memory.
    int bytes = Math.min(MAX_VALUE, room / 2) - 3;
    int length = 0;
    while (length < value.length() && (bytes -= utf8Length(value.charAt(length))) >= 0) {
      length++;
    }
    if (length > 0 && Character.isHighSurrogate(value.charAt(length - 1))) {
      length--;
    }
    return length == 0 ? null : value.substring(0, length) + ELLIPSIS;
  }

  /** Whether a structural value may leave. */
  static boolean fits(String value) {
    return value.length() <= MAX_VALUE && utf8Length(value) <= MAX_VALUE;
  }

  /** Bytes that a string takes, in memory or in UTF-8, whatever is more. */
  private static int cost(String value) {
    int bytes = utf8Length(value);
    return bytes == value.length() ? bytes : 2 * bytes;
  }

  private static int utf8Length(String value) {
    int bytes = 0;
    for (int i = 0; i < value.length(); i++) {
      bytes += utf8Length(value.charAt(i));
    }
    return bytes;
  }

  /** At most so many: the halves of a pair take two each. */
  private static int utf8Length(char c) {
    return c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
  }

  /**
   * What metrics may say of a call. All values are bounded in number already.
   *
   * @param host null if the address is one of too many
   */
  static Attributes ofCall(
      SemconvProfile semconv,
      String operation,
      String provider,
      @Nullable String host,
      int port,
      @Nullable String requestModel,
      @Nullable String responseModel,
      @Nullable String errorType,
      @Nullable String streamEnd,
      String hostClass) {
    AttributesBuilder attributes = Attributes.builder();
    put(attributes, semconv.operationName, operation);
    put(attributes, semconv.providerName, provider);
    put(attributes, semconv.requestModel, requestModel);
    put(attributes, semconv.responseModel, responseModel);
    put(attributes, semconv.errorType, errorType);
    put(attributes, SpanglassSemconv.STREAM_END, streamEnd);
    put(attributes, SpanglassSemconv.HOST_CLASS, hostClass);
    put(attributes, semconv.serverAddress, host != null ? host : OTHER);
    AttributeKey<Long> portKey = semconv.serverPort.key();
    if (portKey != null && host != null) {
      attributes.put(portKey, (long) port);
    }
    return attributes.build();
  }

  private static void put(
      AttributesBuilder attributes, Concept<String> concept, @Nullable String value) {
    AttributeKey<String> key = concept.key();
    if (key != null && value != null) {
      String named = concept.value(value);
      attributes.put(key, fits(named) ? named : OTHER);
    }
  }

  /** One attribute alone. */
  static Attributes of(Concept<String> concept, String value) {
    return with(Attributes.empty(), concept, value);
  }

  static Attributes with(Attributes attributes, Concept<String> concept, String value) {
    AttributesBuilder builder = attributes.toBuilder();
    put(builder, concept, value);
    return builder.build();
  }

  /**
   * The attributes of a point: the fixed ones, and those of the call that the conventions give this
   * metric. Everything else is left out, so that nothing a call carries can add series.
   */
  static Attributes select(MetricSpec spec, Attributes call) {
    AttributesBuilder selected = Attributes.builder();
    spec.fixed.forEach((name, value) -> selected.put(AttributeKey.stringKey(name), value));
    call.forEach((key, value) -> put(selected, spec, key, value));
    return selected.build();
  }

  @SuppressWarnings("unchecked") // Attributes hold values of their key's type only.
  private static <T> void put(
      AttributesBuilder selected, MetricSpec spec, AttributeKey<T> key, Object value) {
    if (spec.takes.contains(key)) {
      selected.put(key, (T) value);
    }
  }

  /** Text for a terminal, in which nothing can move the cursor or turn the line around. */
  static String printable(String text) {
    StringBuilder printable = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmless =
          !Character.isISOControl(c)
              && Character.getType(c) != Character.FORMAT
              && Character.getType(c) != Character.LINE_SEPARATOR
              && Character.getType(c) != Character.PARAGRAPH_SEPARATOR;
      if (!harmless && printable == null) {
        printable = new StringBuilder(text);
      }
      if (!harmless && printable != null) {
        printable.setCharAt(i, '?');
      }
    }
    return printable == null ? text : printable.toString();
  }

  /**
   * Writes a line to the log, which many services export too.
   *
   * @param names of classes and of our components; no messages of exceptions
   */
  static void warn(Logger logger, String message, Object... names) {
    logger.log(Level.WARNING, message, names);
  }
}
