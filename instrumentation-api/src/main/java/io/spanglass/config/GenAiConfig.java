/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What users can set. Every key is documented in {@code docs/configuration.md}; a bad value gives
 * one warning that names the key, the value and what is used in its place.
 */
public final class GenAiConfig {
  public static final String ENABLED = "otel.instrumentation.spanglass.enabled";
  public static final String SEMCONV_PROFILE = "otel.instrumentation.genai.semconv-profile";
  public static final String SEMCONV_OPT_IN = SemconvChoice.OPT_IN;
  public static final String INCLUDE = "otel.instrumentation.genai.include";
  public static final String EXCLUDE = "otel.instrumentation.genai.exclude";
  public static final String PROVIDERS = "otel.instrumentation.genai.providers";
  public static final String APIS = "otel.instrumentation.genai.apis";
  public static final String ABANDONED_AFTER = "otel.instrumentation.genai.abandoned-after";
  public static final String CAPTURE_CONTENT = "otel.instrumentation.genai.capture-message-content";

  public static final String CONSOLE = "otel.instrumentation.genai.console";

  /** Every key, for sources that must be asked by name. */
  public static final List<String> KEYS =
      List.of(
          ENABLED,
          SEMCONV_PROFILE,
          SEMCONV_OPT_IN,
          INCLUDE,
          EXCLUDE,
          PROVIDERS,
          APIS,
          ABANDONED_AFTER,
          CAPTURE_CONTENT,
          CONSOLE);

  private static final long MAX_DURATION = 1_000_000_000;
  private static final Duration MAX_NANOS = Duration.ofDays(10_000);
  private static final Duration DEFAULT_ABANDONED_AFTER = Duration.ofMinutes(10);

  /** As the agent writes durations: a number and a unit, milliseconds without one. */
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)?");

  private final boolean enabled;
  private final SemconvChoice semconv;
  private final UrlPatterns include;
  private final UrlPatterns exclude;
  private final Map<String, String> providers;
  private final ServedApis apis;
  private final Duration abandonedAfter;
  private final boolean console;

  private GenAiConfig(
      boolean enabled,
      SemconvChoice semconv,
      UrlPatterns include,
      UrlPatterns exclude,
      Map<String, String> providers,
      ServedApis apis,
      Duration abandonedAfter,
      boolean console) {
    this.apis = apis;
    this.console = console;
    this.abandonedAfter = abandonedAfter;
    this.enabled = enabled;
    this.semconv = semconv;
    this.include = include;
    this.exclude = exclude;
    this.providers = providers;
  }

  /** The defaults. */
  public static GenAiConfig defaults() {
    return from(key -> null, warning -> {});
  }

  /**
   * Reads and checks the properties.
   *
   * @param properties from a property's name to its value, null where it is not set
   * @param warn takes one message for each bad value
   */
  public static GenAiConfig from(
      Function<String, @Nullable String> properties, Consumer<String> warn) {
    if (bool(properties, CAPTURE_CONTENT, false, warn)) {
      warn.accept(
          bad(CAPTURE_CONTENT, "true", "this version captures no prompts and answers", "false"));
    }
    return new GenAiConfig(
        bool(properties, ENABLED, true, warn),
        SemconvChoice.of(
            value(properties, SEMCONV_PROFILE), value(properties, SEMCONV_OPT_IN), warn),
        UrlPatterns.parse(INCLUDE, value(properties, INCLUDE), warn),
        UrlPatterns.parse(EXCLUDE, value(properties, EXCLUDE), warn),
        providers(value(properties, PROVIDERS), warn),
        ServedApis.parse(APIS, value(properties, APIS), warn),
        duration(properties, ABANDONED_AFTER, DEFAULT_ABANDONED_AFTER, warn),
        bool(properties, CONSOLE, false, warn));
  }

  private static @Nullable String value(Function<String, @Nullable String> properties, String key) {
    String value = properties.apply(key);
    return value == null || value.isBlank() ? null : value.trim();
  }

  private static boolean bool(
      Function<String, @Nullable String> properties,
      String key,
      boolean otherwise,
      Consumer<String> warn) {
    String value = value(properties, key);
    if (value == null) {
      return otherwise;
    }
    if (value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
      return value.equalsIgnoreCase("true");
    }
    warn.accept(bad(key, value, "neither true nor false", Boolean.toString(otherwise)));
    return otherwise;
  }

  private static Duration duration(
      Function<String, @Nullable String> properties,
      String key,
      Duration otherwise,
      Consumer<String> warn) {
    String value = value(properties, key);
    if (value == null) {
      return otherwise;
    }
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      warn.accept(bad(key, value, "no duration like 30s, 10m or 0", text(otherwise)));
      return otherwise;
    }
    long number = Long.parseLong(matcher.group(1));
    if (number > MAX_DURATION) {
      // Longer than a process lives is as good as for ever.
      return Duration.ZERO;
    }
    String unit = matcher.group(2);
    if (unit == null || unit.equals("ms")) {
      return Duration.ofMillis(number);
    }
    switch (unit) {
      case "s":
        return Duration.ofSeconds(number);
      case "m":
        return Duration.ofMinutes(number);
      case "h":
        return Duration.ofHours(number);
      default:
        return Duration.ofDays(number);
    }
  }

  private static String text(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  private static Map<String, String> providers(@Nullable String value, Consumer<String> warn) {
    Map<String, String> providers = new LinkedHashMap<>();
    if (value != null) {
      for (String entry : value.split(",", -1)) {
        int equals = entry.indexOf('=');
        String host = equals < 0 ? "" : entry.substring(0, equals).trim().toLowerCase(Locale.ROOT);
        String provider = equals < 0 ? "" : entry.substring(equals + 1).trim();
        if (host.isEmpty() || provider.isEmpty()) {
          warn.accept(bad(PROVIDERS, entry, "not of the form host=provider", "no entry"));
        } else {
          providers.put(host, provider);
        }
      }
    }
    return Collections.unmodifiableMap(providers);
  }

  static String bad(String key, String value, String why, String used) {
    return key + "=" + value + ": " + why + "; using " + used;
  }

  public boolean isEnabled() {
    return enabled;
  }

  /** The version of the semantic conventions whose names are used. */
  public String semconvProfile() {
    return semconv.profile;
  }

  /** A version under whose names metrics are recorded besides; null for none. */
  public @Nullable String secondSemconvProfile() {
    return semconv.second;
  }

  /**
   * Whether calls to this address are observed.
   *
   * @param port the effective one
   * @param rawPath with leading slash, without the query
   */
  public boolean observes(String host, int port, String rawPath) {
    return (include.isEmpty() || include.matches(host, port, rawPath))
        && !exclude.matches(host, port, rawPath);
  }

  /** From host, or the end of one after a dot, in lower case, to a provider's name. */
  public Map<String, String> providers() {
    return providers;
  }

  /** What servers speak whose paths do not tell it. */
  public ServedApis apis() {
    return apis;
  }

  /** How long a stream may lie unread before it counts as abandoned; 0 for ever. */
  public long abandonedAfterNanos() {
    return abandonedAfter.compareTo(MAX_NANOS) > 0 ? 0 : abandonedAfter.toNanos();
  }

  /** Whether each call is printed when it ends. */
  public boolean isConsole() {
    return console;
  }

  /** All that is in force, in one line, for the log. */
  public String describe() {
    List<String> parts = new ArrayList<>();
    parts.add("semconv-profile=" + semconv.text());
    parts.add("include=" + (include.isEmpty() ? "all" : include));
    parts.add("exclude=" + (exclude.isEmpty() ? "none" : exclude));
    parts.add("providers=" + (providers.isEmpty() ? "built-in" : "built-in+" + providers));
    if (!apis.isEmpty()) {
      parts.add("apis=" + apis);
    }
    parts.add("abandoned-after=" + (abandonedAfter.isZero() ? "never" : text(abandonedAfter)));
    parts.add("capture-message-content=false");
    if (console) {
      parts.add("console=true");
    }
    return String.join(", ", parts);
  }
}
