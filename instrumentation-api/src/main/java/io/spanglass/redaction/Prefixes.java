/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keys of services that are known by how they start: the prefix, the alphabet of the rest and its
 * length, as their issuers publish them.
 */
final class Prefixes {
  /** The longest word before the first sign of a prefix. */
  static final int LONGEST_WORD = 8;

  /** Letters and digits. */
  private static final int ALNUM = 0;

  /** Also - and _. */
  private static final int URL = 1;

  /** 0 to 9 and a to f, in either case. */
  private static final int HEX = 2;

  /** Also + / = . */
  private static final int BASE64 = 3;

  /** A to Z and 2 to 7. */
  private static final int BASE32 = 4;

  /** URL and the full stop. */
  private static final int DOTTED = 5;

  private static final byte[] ALPHABETS = new byte[128];

  static {
    for (char c = 0; c < 128; c++) {
      int bits = 0;
      boolean alnum = Chars.isAlnum(c);
      boolean url = alnum || c == '-' || c == '_';
      bits |= alnum ? 1 << ALNUM : 0;
      bits |= url ? 1 << URL : 0;
      bits |= Chars.isHex(c) ? 1 << HEX : 0;
      bits |= alnum || c == '+' || c == '/' || c == '=' ? 1 << BASE64 : 0;
      bits |= Chars.isUpper(c) || (c >= '2' && c <= '7') ? 1 << BASE32 : 0;
      bits |= url || c == '.' ? 1 << DOTTED : 0;
      ALPHABETS[c] = (byte) bits;
    }
  }

  /** One kind of key. */
  static final class Rule {
    final String prefix;
    private final int alphabet;
    final int least;
    private final int most;

    /** The last character of the prefix, which tells most of them apart. */
    final char last;

    Rule(String prefix, int alphabet, int least, int most) {
      this.prefix = prefix;
      this.alphabet = 1 << alphabet;
      this.least = least;
      this.most = most;
      this.last = prefix.charAt(prefix.length() - 1);
    }
  }

  private static final Rule[] NONE = {};

  /** A map from packed words, by open addressing. */
  private static final long[] WORDS = new long[1024];

  private static final Rule[][] FOUND = new Rule[WORDS.length][];

  /** Those that start with a capital and no sign. */
  static final Rule[] CAPITALS;

  static {
    List<Rule> rules = new ArrayList<>();
    List<Rule> capitals = new ArrayList<>();
    // Models.
    add(rules, URL, 36, 220, "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-");
    add(rules, URL, 60, 140, "sk-ant-api03-", "sk-ant-admin01-", "sk-ant-oat01-");
    add(rules, URL, 24, 220, "sk-ant-");
    add(rules, HEX, 64, 64, "sk-or-v1-");
    add(rules, HEX, 32, 32, "sk-lf-");
    add(rules, URL, 36, 36, "sk-lf-", "pk-lf-");
    add(rules, ALNUM, 20, 100, "sk-");
    add(rules, ALNUM, 30, 40, "hf_", "api_org_");
    add(rules, ALNUM, 48, 60, "gsk_", "pplx-", "csk-");
    add(rules, ALNUM, 36, 48, "r8_");
    add(rules, URL, 60, 70, "nvapi-");
    add(rules, ALNUM, 70, 90, "xai-");
    add(rules, URL, 40, 60, "pa-");
    add(rules, URL, 30, 80, "tvly-", "pcsk_", "lsv2_pt_", "lsv2_sk_", "jina_", "esecret_");
    add(rules, ALNUM, 48, 48, "sk_");
    add(rules, BASE64, 60, 2000, "bedrock-api-key-");
    // Clouds, code and chat.
    add(rules, ALNUM, 36, 255, "ghp_", "gho_", "ghu_", "ghs_", "ghr_");
    add(rules, URL, 82, 82, "github_pat_");
    add(rules, DOTTED, 20, 300, "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-");
    add(rules, DOTTED, 20, 100, "glagent-", "glsoat-", "gloas-", "glffct-");
    add(
        rules, URL, 10, 250, "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxo-",
        "xapp-");
    add(rules, DOTTED, 20, 250, "xoxe.xoxp-", "xoxe.xoxb-");
    add(
        rules,
        ALNUM,
        16,
        247,
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "rk_test_",
        "sk_prod_",
        "rk_prod_");
    add(rules, ALNUM, 32, 64, "whsec_");
    add(rules, ALNUM, 36, 36, "npm_");
    add(rules, URL, 50, 500, "pypi-AgEI");
    add(rules, URL, 32, 60, "glsa_");
    add(rules, BASE64, 32, 400, "glc_");
    add(rules, HEX, 64, 64, "dop_v1_", "doo_v1_", "dor_v1_");
    add(rules, HEX, 32, 40, "shpat_", "shpca_", "shppa_", "shpss_");
    add(rules, URL, 28, 28, "GOCSPX-");
    add(rules, ALNUM, 40, 40, "lin_api_", "rubygems_");
    add(rules, HEX, 48, 48, "rubygems_");
    add(rules, HEX, 40, 40, "pul-", "sbp_");
    add(rules, ALNUM, 40, 64, "ntn_");
    add(rules, ALNUM, 43, 43, "secret_");
    add(rules, URL, 32, 64, "pscale_tkn_", "pscale_pw_", "pscale_oauth_");
    add(rules, URL, 59, 70, "PMAK-");
    add(rules, ALNUM, 27, 32, "NRAK-", "NRJS-", "NRII-", "NRAL-");
    add(rules, BASE64, 60, 400, "sntrys_", "sntryu_");
    add(rules, URL, 20, 80, "tskey-");
    add(rules, HEX, 32, 32, "key-");
    add(rules, URL, 80, 90, "xkeysib-");
    add(rules, URL, 22, 64, "sq0atp-", "sq0csp-", "sq0idp-");
    add(rules, ALNUM, 20, 64, "shippo_live_", "shippo_test_", "duffel_live_", "duffel_test_");
    add(rules, URL, 28, 28, "aio_");
    add(rules, URL, 40, 64, "figd_", "tfp_", "pnu_", "rdme_", "fio-u-");
    add(rules, BASE64, 80, 400, "ATATT3x");
    add(rules, ALNUM, 58, 58, "AGE-SECRET-KEY-1");
    add(rules, DOTTED, 60, 200, "hvs.", "hvb.", "hvr.");
    add(rules, DOTTED, 30, 200, "ya29.");
    add(rules, DOTTED, 66, 66, "SG.");
    add(rules, DOTTED, 60, 120, "dt0c01.");
    add(rules, ALNUM, 43, 43, "dp.pt.", "dp.st.");
    add(rules, HEX, 32, 34, "dapi");
    add(rules, ALNUM, 60, 90, "CLOJARS_");
    add(rules, URL, 36, 60, "FLWSECK-", "FLWSECK_TEST-");
    // Capitals that lead into the rest without a sign between.
    add(capitals, BASE32, 16, 16, "AKIA", "ASIA", "ABIA", "ACCA");
    add(capitals, BASE32, 15, 16, "A3T");
    add(capitals, URL, 35, 35, "AIza");
    add(capitals, BASE64, 100, 300, "ABSK");
    add(capitals, BASE64, 80, 400, "ATATT3x");
    add(capitals, DOTTED, 66, 66, "SG.");
    add(capitals, HEX, 32, 32, "SK");
    CAPITALS = capitals.toArray(NONE);
    Map<Long, Rule[]> byWord = new HashMap<>();
    for (Rule rule : rules) {
      long word = key(word(rule.prefix), sign(rule.prefix));
      Rule[] before = byWord.getOrDefault(word, NONE);
      Rule[] grown = Arrays.copyOf(before, before.length + 1);
      grown[before.length] = rule;
      byWord.put(word, grown);
    }
    byWord.forEach(
        (word, list) -> {
          int slot = slot(word);
          while (WORDS[slot] != 0) {
            slot = slot + 1 & WORDS.length - 1;
          }
          WORDS[slot] = word;
          FOUND[slot] = list;
        });
  }

  private Prefixes() {}

  private static void add(List<Rule> rules, int alphabet, int least, int most, String... prefixes) {
    for (String prefix : prefixes) {
      rules.add(new Rule(prefix, alphabet, least, most));
    }
  }

  /** The first word of a prefix, packed: up to its first sign, or up to eight characters. */
  private static long word(String prefix) {
    long word = 0;
    for (int i = 0;
        i < prefix.length() && i < LONGEST_WORD && Chars.isAlnum(prefix.charAt(i));
        i++) {
      word = word << 8 | prefix.charAt(i);
    }
    return word;
  }

  /** What follows the first word of a prefix; 0 where the key itself does. */
  private static char sign(String prefix) {
    for (int i = 0; i < prefix.length(); i++) {
      if (!Chars.isAlnum(prefix.charAt(i))) {
        return prefix.charAt(i);
      }
    }
    return 0;
  }

  private static long key(long word, char sign) {
    return word * 31 + sign;
  }

  private static int slot(long word) {
    return (int) ((word * 0x9E3779B97F4A7C15L) >>> 54);
  }

  /** The rules whose prefixes start with the word that ends at a sign; empty for most words. */
  static Rule[] of(long first, char sign) {
    long word = key(first, sign);
    int slot = slot(word);
    while (WORDS[slot] != 0) {
      if (WORDS[slot] == word) {
        return FOUND[slot];
      }
      slot = slot + 1 & WORDS.length - 1;
    }
    return NONE;
  }

  /** The end of the characters of a rule's alphabet, at most one more than it allows. */
  static int body(Rule rule, char[] text, int start, int to) {
    int limit = (int) Math.min(to, (long) start + rule.most + 1);
    int p = start;
    while (p < limit && text[p] < 128 && (ALPHABETS[text[p]] & rule.alphabet) != 0) {
      p++;
    }
    return p;
  }

  static boolean isTooLong(Rule rule, int length) {
    return length > rule.most;
  }
}
