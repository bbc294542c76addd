/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which versions of the conventions are in use: the one that spans follow, and one more whose
 * metrics are recorded besides. Our own setting wins over the one that all instrumentations share.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/configuration/version-selection/">How
 *     OpenTelemetry chooses versions</a>
 */
final class SemconvChoice {
  /** A list that all instrumentations share: what is not of {@code gen_ai} is none of ours. */
  static final String OPT_IN = "otel.semconv-stability.opt-in";

  private static final String DEFAULT = "1.41";
  private static final String LATEST = "latest";
  private static final String DUP = "/dup";
  private static final String OPT_IN_LATEST = "gen_ai_latest_experimental";
  private static final String OPT_IN_DOMAIN = "gen_ai";

  /** The version whose names spans have. */
  final String profile;

  /** The version whose metrics are recorded besides; null for none. */
  final @Nullable String second;

  private SemconvChoice(String profile, boolean dup) {
    this.profile = profile;
    this.second = dup ? (profile.equals(DEFAULT) ? LATEST : DEFAULT) : null;
  }

  /**
   * @param profile the value of our own setting
   * @param optIn the value of the list
   */
  static SemconvChoice of(@Nullable String profile, @Nullable String optIn, Consumer<String> warn) {
    List<String> bad = new ArrayList<>();
    SemconvChoice ofList = ofList(optIn, bad);
    SemconvChoice ofProfile = profile == null ? null : named(profile);
    SemconvChoice used = ofProfile != null ? ofProfile : ofList;
    if (profile != null && ofProfile == null) {
      String known = String.join(", ", SemconvProfiles.NAMES);
      warn.accept(
          GenAiConfig.bad(GenAiConfig.SEMCONV_PROFILE, profile, knownIsOnly(known), used.text()));
    }
    for (String entry : bad) {
      warn.accept(GenAiConfig.bad(OPT_IN, entry, knownIsOnly(OPT_IN_LATEST), used.text()));
    }
    return used;
  }

  private static String knownIsOnly(String known) {
    return "known is only " + known + ", each with or without " + DUP;
  }

  private static @Nullable SemconvChoice named(String profile) {
    boolean dup = profile.endsWith(DUP);
    String name = dup ? profile.substring(0, profile.length() - DUP.length()) : profile;
    return SemconvProfiles.NAMES.contains(name) ? new SemconvChoice(name, dup) : null;
  }

  /**
   * @param bad gets what is of our domain and not known
   */
  private static SemconvChoice ofList(@Nullable String optIn, List<String> bad) {
    boolean latest = false;
    boolean dup = false;
    if (optIn != null) {
      for (String part : optIn.split(",", -1)) {
        String entry = part.trim();
        if (entry.equals(OPT_IN_LATEST)) {
          latest = true;
        } else if (entry.equals(OPT_IN_LATEST + DUP)) {
          latest = true;
          dup = true;
        } else if (entry.toLowerCase(Locale.ROOT).startsWith(OPT_IN_DOMAIN)) {
          bad.add(entry);
        }
      }
    }
    return new SemconvChoice(latest ? LATEST : DEFAULT, dup);
  }

  /** As it is written in our own setting. */
  String text() {
    return second == null ? profile : profile + DUP;
  }
}
