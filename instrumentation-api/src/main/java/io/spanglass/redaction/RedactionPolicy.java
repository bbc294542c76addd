/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is looked for, and what is done with it. Immutable. */
public final class RedactionPolicy {
  /** What is put in the place of what was found. */
  public enum Action {
    /** The type in brackets: {@code [EMAIL]}. */
    PLACEHOLDER,
    /** A token that is the same for the same value: {@code [EMAIL:k3:q7w…]}. Needs a key. */
    TOKEN,
    /** The type and the last four characters, of secrets only the type: {@code [CARD:*1111]}. */
    MASK,
    /** Nothing. */
    DROP
  }

  /** What is looked for in general. */
  public enum Preset {
    /** Every type. */
    STRICT,
    /** Secrets only: keys, tokens, passwords, credentials in URLs. */
    SECRETS_ONLY,
    /** Nothing. */
    OFF;

    /** As it is written in a setting: {@code secrets-only}. */
    public String setting() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The preset that is written like this in a setting, or null. */
    public static @Nullable Preset of(String setting) {
      for (Preset preset : values()) {
        if (preset.setting().equalsIgnoreCase(setting.trim())) {
          return preset;
        }
      }
      return null;
    }
  }

  /** A rule of the user's. */
  static final class UserRule {
    final String name;
    final LinearPattern pattern;

    UserRule(String name, LinearPattern pattern) {
      this.name = name;
      this.pattern = pattern;
    }
  }

  private static final Duration DEFAULT_TIME = Duration.ofSeconds(1);

  final Preset preset;
  final long types;
  final List<UserRule> rules;
  final Set<String> allowed;
  final List<String> allowedEnds;
  final long nanos;
  private final Action action;
  private final Map<RedactionType, Action> actions;
  final @Nullable TokenKeys keys;

  private RedactionPolicy(Builder builder) {
    preset = builder.preset;
    types = builder.types;
    rules = Collections.unmodifiableList(new ArrayList<>(builder.rules));
    allowed = Collections.unmodifiableSet(new HashSet<>(builder.allowed));
    allowedEnds = Collections.unmodifiableList(new ArrayList<>(builder.allowedEnds));
    nanos = builder.time.toNanos();
    action = builder.action;
    actions = new EnumMap<>(RedactionType.class);
    actions.putAll(builder.actions);
    keys = builder.keys;
  }

  /** Every type, with placeholders. */
  public static RedactionPolicy strict() {
    return builder(Preset.STRICT).build();
  }

  /** Secrets, with placeholders. */
  public static RedactionPolicy secretsOnly() {
    return builder(Preset.SECRETS_ONLY).build();
  }

  /** Nothing is looked for. */
  public static RedactionPolicy off() {
    return builder(Preset.OFF).build();
  }

  public static Builder builder(Preset preset) {
    return new Builder(preset);
  }

  public Preset preset() {
    return preset;
  }

  Action action(RedactionType type) {
    return actions.getOrDefault(type, action);
  }

  boolean drops() {
    return action == Action.DROP || actions.containsValue(Action.DROP);
  }

  boolean isOff() {
    return types == 0 && rules.isEmpty();
  }

  /** Makes a policy. */
  public static final class Builder {
    private final Preset preset;
    private long types;
    private final List<UserRule> rules = new ArrayList<>();
    private final Set<String> allowed = new HashSet<>();
    private final List<String> allowedEnds = new ArrayList<>();
    private final Map<RedactionType, Action> actions = new EnumMap<>(RedactionType.class);
    private Action action = Action.PLACEHOLDER;
    private @Nullable TokenKeys keys;
    private Duration time = DEFAULT_TIME;

    private Builder(Preset preset) {
      this.preset = preset;
      for (RedactionType type : RedactionType.values()) {
        boolean wanted =
            preset == Preset.STRICT || (preset == Preset.SECRETS_ONLY && type.isSecret());
        types |= wanted ? type.bit() : 0;
      }
    }

    /** Looks for this type too. */
    public Builder with(RedactionType type) {
      types |= type.bit();
      return this;
    }

    /** Does not look for this type. */
    public Builder without(RedactionType type) {
      types &= ~type.bit();
      return this;
    }

    /** What is done with all types that have no action of their own. */
    public Builder action(Action action) {
      this.action = action;
      return this;
    }

    /** What is done with one type. */
    public Builder action(RedactionType type, Action action) {
      actions.put(type, action);
      return this;
    }

    /** The key for tokens. Without one a token is a placeholder. */
    public Builder keys(TokenKeys keys) {
      this.keys = keys;
      return this;
    }

    /**
     * A value that is never replaced, whatever its type; capitals do not matter. With {@code *} in
     * front every value that ends so: {@code *@example.com}.
     */
    public Builder allow(String value) {
      String lower = value.trim().toLowerCase(Locale.ROOT);
      if (lower.startsWith("*") && lower.length() > 1) {
        allowedEnds.add(lower.substring(1));
      } else if (!lower.isEmpty() && !lower.equals("*")) {
        allowed.add(lower);
      }
      return this;
    }

    /**
     * A rule of one's own.
     *
     * @param name what stands in the text: capitals and underscores, as {@code CUSTOMER_NUMBER}
     * @param pattern a regular expression in the syntax that {@code docs/privacy.md} describes
     * @throws IllegalArgumentException which says what is wrong with either; the builder can still
     *     be used
     */
    public Builder rule(String name, String pattern) {
      if (name.length() < 2
          || name.length() > 32
          || !name.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || c == '_')) {
        throw new IllegalArgumentException(
            "the name of a rule has 2 to 32 capital letters and underscores");
      }
      rules.add(new UserRule(name, LinearPattern.compile(pattern)));
      return this;
    }

    /** How long one value may take; after that it is replaced as a whole. */
    public Builder timePerValue(Duration time) {
      if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofMinutes(1)) > 0) {
        throw new IllegalArgumentException("more than nothing and at most a minute");
      }
      this.time = time;
      return this;
    }

    public RedactionPolicy build() {
      return new RedactionPolicy(this);
    }
  }
}
