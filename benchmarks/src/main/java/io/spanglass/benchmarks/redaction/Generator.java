/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import io.spanglass.redaction.RedactionType;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Invented data: values with right check digits in sentences of several languages, and what looks
 * alike. The check digits are computed here by themselves, and not by what is under test.
 */
final class Generator {
  /** A sentence and what is in it. */
  record Sample(String text, @Nullable RedactionType type, int start, int end) {}

  private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final String LOWER = UPPER.toLowerCase(Locale.ROOT);
  private static final String ALNUM = UPPER + LOWER + "0123456789";
  private static final String URL = ALNUM + "-_";
  private static final String HEX = "0123456789abcdef";

  private final Random random;

  Generator(long seed) {
    random = new Random(seed);
  }

  private int upTo(int bound) {
    return random.nextInt(bound);
  }

  private String any(String... choices) {
    return choices[upTo(choices.length)];
  }

  private String chars(String alphabet, int n) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < n; i++) {
      out.append(alphabet.charAt(upTo(alphabet.length())));
    }
    return out.toString();
  }

  private String digits(int n) {
    return chars("0123456789", n);
  }

  private String two(int value) {
    return String.format(Locale.ROOT, "%02d", value);
  }

  private String date(String order) {
    String day = two(1 + upTo(28));
    String month = two(1 + upTo(12));
    String year = two(upTo(100));
    return order.replace("d", day).replace("m", month).replace("y", year);
  }

  private static int weighted(String number, int... weights) {
    int sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += (number.charAt(i) - '0') * weights[i];
    }
    return sum;
  }

  private static String luhn(String number) {
    int sum = 0;
    for (int i = 0; i < number.length(); i++) {
      int d = number.charAt(number.length() - 1 - i) - '0';
      if (i % 2 == 0) {
        d *= 2;
      }
      sum += d / 10 + d % 10;
    }
    return number + (10 - sum % 10) % 10;
  }

  private String grouped(String number, String separator, int... sizes) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    for (int size : sizes) {
      if (at >= number.length()) {
        break;
      }
      if (at > 0) {
        out.append(separator);
      }
      out.append(number, at, Math.min(number.length(), at + size));
      at += size;
    }
    return out.toString();
  }

  // ---- Values --------------------------------------------------------------------------------

  String email() {
    String first =
        any(
            "alice",
            "bob",
            "j.doe",
            "maria_garcia",
            "x",
            "o'brien",
            "tim+news",
            "K.Weber",
            "li.wei",
            "user-name",
            "a1b2",
            "müller");
    String domain =
        any(
            "example",
            "mail.corp",
            "uni-bonn",
            "sub.sub2.firma",
            "acme-inc",
            "x1",
            "dept.gov",
            "büro",
            "foo123");
    String end =
        any(
            "com",
            "org",
            "de",
            "co.uk",
            "io",
            "museum",
            "travel",
            "xn--p1ai",
            "com.br",
            "ai",
            "dev",
            "solutions",
            "international");
    return first + upTo(1000) + "@" + domain + "." + end;
  }

  String card() {
    String number =
        switch (upTo(8)) {
          case 0 -> luhn("4" + digits(14));
          case 1 -> luhn("5" + (1 + upTo(5)) + digits(13));
          case 2 -> luhn(any("34", "37") + digits(12));
          case 3 -> luhn("6011" + digits(11));
          case 4 -> luhn((2221 + upTo(499)) + digits(11));
          case 5 -> luhn("35" + (28 + upTo(62)) + digits(11));
          case 6 -> luhn(any("36", "38", "300", "305") + digits(11)).substring(0, 14);
          default -> luhn("62" + digits(13));
        };
    if (number.startsWith("3") && number.length() == 14) {
      number = luhn(number.substring(0, 13));
    }
    if (upTo(2) == 0) {
      return number;
    }
    String separator = any(" ", "-");
    return switch (number.length()) {
      case 15 -> grouped(number, separator, 4, 6, 5);
      case 14 -> grouped(number, separator, 4, 6, 4);
      default -> grouped(number, separator, 4, 4, 4, 4);
    };
  }

  String iban() {
    String[] form =
        any(
                "DE n18",
                "GB a4n14",
                "FR n10c11n2",
                "NL a4n10",
                "ES n20",
                "IT a1n10c12",
                "PL n24",
                "CH n5c12",
                "BE n12",
                "SE n20",
                "NO n11",
                "PT n21",
                "AT n16",
                "IE a4n14",
                "SA n2c18",
                "MT a4n5c18",
                "TR n5n1c16")
            .split(" ", -1);
    StringBuilder body = new StringBuilder();
    String spec = form[1];
    for (int i = 0; i < spec.length(); ) {
      char kind = spec.charAt(i++);
      int n = 0;
      while (i < spec.length() && Character.isDigit(spec.charAt(i))) {
        n = n * 10 + spec.charAt(i++) - '0';
      }
      body.append(
          chars(kind == 'n' ? "0123456789" : kind == 'a' ? UPPER : "0123456789" + UPPER, n));
    }
    StringBuilder expanded = new StringBuilder();
    for (char c : (body + form[0] + "00").toCharArray()) {
      expanded.append(c >= 'A' ? Character.toUpperCase(c) - 'A' + 10 : c - '0');
    }
    int check = 98 - new BigInteger(expanded.toString()).mod(BigInteger.valueOf(97)).intValue();
    String iban = form[0] + two(check) + body;
    return switch (upTo(4)) {
      case 0 -> iban.toLowerCase(Locale.ROOT);
      case 1 -> grouped(iban, " ", 4, 4, 4, 4, 4, 4, 4, 4).trim();
      default -> iban;
    };
  }

  String ssn() {
    int area = 1 + upTo(898);
    return String.format(
        Locale.ROOT, "%03d-%02d-%04d", area == 666 ? 667 : area, 1 + upTo(99), 1 + upTo(9999));
  }

  String ipv4() {
    return (1 + upTo(254)) + "." + upTo(256) + "." + upTo(256) + "." + upTo(256);
  }

  String ipv6() {
    StringBuilder out = new StringBuilder(any("2001:db8", "fe80:", "2a02:8071", "2400:c401"));
    for (int i = 0; i < 6; i++) {
      out.append(':').append(Integer.toHexString(1 + upTo(65535)));
    }
    String full = out.toString();
    return full.startsWith("fe80") ? "fe80::" + chars(HEX, 4) + ":" + chars("123456789", 3) : full;
  }

  String phone() {
    int kind = upTo(12);
    String two = two(10 + upTo(90));
    return switch (kind) {
      case 0 -> "+1 " + (201 + upTo(700)) + " " + (201 + upTo(700)) + " " + digits(4);
      case 1 -> "(" + (201 + upTo(700)) + ") " + (201 + upTo(700)) + "-" + digits(4);
      case 2 ->
          (201 + upTo(700))
              + "-"
              + (201 + upTo(700))
              + "-"
              + digits(4)
              + any("", " x" + digits(3), " ext. 12");
      case 3 -> "+44 20 " + digits(4) + " " + digits(4);
      case 4 -> "+49 (0)30 " + chars("123456789", 1) + digits(6);
      case 5 -> "+33 6 " + two + " " + two + " 11 " + two;
      case 6 -> "+91 " + (70000 + upTo(29999)) + " " + digits(5);
      case 7 -> "0" + (20 + upTo(70)) + " " + chars("123456789", 1) + digits(3) + " " + digits(4);
      case 8 -> "06 " + two + " " + two + " " + two + " " + two;
      case 9 -> "+86 13" + digits(1) + " " + digits(4) + " " + digits(4);
      case 10 -> "+" + any("351", "420", "48", "34") + any("6", "7") + digits(8);
      default -> "0" + (150 + upTo(29)) + "-" + chars("123456789", 1) + digits(6);
    };
  }

  /** A type's value, how people write it. */
  String national(RedactionType type) {
    switch (type) {
      case UK_NHS -> {
        while (true) {
          String n = digits(9);
          int check = 11 - weighted(n, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
          if (check != 10) {
            String all = n + check % 11;
            return upTo(2) == 0 ? all : grouped(all, " ", 3, 3, 4);
          }
        }
      }
      case CA_SIN -> {
        String all = luhn(chars("1245679", 1) + digits(7));
        return upTo(2) == 0 ? all : grouped(all, any(" ", "-"), 3, 3, 3);
      }
      case IN_AADHAAR -> {
        String n = chars("23456789", 1) + digits(10);
        for (int c = 0; c < 10; c++) {
          if (verhoeff(n + c)) {
            return upTo(2) == 0 ? n + c : grouped(n + c, " ", 4, 4, 4);
          }
        }
        throw new AssertionError(n);
      }
      case DE_TAX_ID -> {
        while (true) {
          List<Character> ten = new ArrayList<>();
          String pool = "0123456789";
          int twice = upTo(10);
          int left = (twice + 1 + upTo(9)) % 10;
          for (int i = 0; i < pool.length(); i++) {
            if (i != left) {
              ten.add(pool.charAt(i));
            }
          }
          ten.add((char) ('0' + twice));
          Collections.shuffle(ten, random);
          if (ten.get(0) == '0') {
            continue;
          }
          int product = 10;
          StringBuilder n = new StringBuilder();
          for (char c : ten) {
            n.append(c);
            int sum = (c - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
          }
          int check = 11 - product;
          n.append(check == 10 ? 0 : check);
          return upTo(2) == 0 ? n.toString() : grouped(n.toString(), " ", 2, 3, 3, 3);
        }
      }
      case FR_NIR -> {
        String n = any("1", "2") + date("ym") + two(1 + upTo(95)) + digits(6);
        long key = 97 - Long.parseLong(n) % 97;
        String all = n + two((int) key);
        return upTo(2) == 0 ? all : grouped(all, " ", 1, 2, 2, 2, 3, 3, 2);
      }
      case ES_DNI -> {
        int n = upTo(100_000_000);
        char letter = "TRWAGMYFPDXBNJZSQVHLCKE".charAt(n % 23);
        return String.format(Locale.ROOT, "%08d", n) + any("", "-") + letter;
      }
      case NL_BSN -> {
        while (true) {
          String n = chars("123456789", 1) + digits(7);
          int check = weighted(n, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
          if (check < 10) {
            return n + check;
          }
        }
      }
      case BE_NATIONAL_NUMBER -> {
        String n = date("ymd") + digits(3);
        String all = n + two((int) (97 - Long.parseLong(n) % 97));
        return upTo(2) == 0
            ? all
            : all.substring(0, 2)
                + "."
                + all.substring(2, 4)
                + "."
                + all.substring(4, 6)
                + "-"
                + all.substring(6, 9)
                + "."
                + all.substring(9);
      }
      case PL_PESEL -> {
        String n = date("ymd") + digits(4);
        return n + (10 - weighted(n, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3) % 10) % 10;
      }
      case PT_NIF -> {
        String n = any("1", "2", "3", "5") + digits(7);
        int rest = weighted(n, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        return n + (rest < 2 ? 0 : 11 - rest);
      }
      case SE_PERSONNUMMER -> {
        String all = luhn(date("ymd") + digits(3));
        return switch (upTo(3)) {
          case 0 -> all;
          case 1 -> grouped(all, "-", 6, 4);
          default -> "19" + all;
        };
      }
      case NO_FODSELSNUMMER -> {
        while (true) {
          String n = date("dmy") + digits(3);
          int one = 11 - weighted(n, 3, 7, 6, 1, 8, 9, 4, 5, 2) % 11;
          if (one == 10) {
            continue;
          }
          n += one % 11;
          int two = 11 - weighted(n, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
          if (two != 10) {
            return n + two % 11;
          }
        }
      }
      case FI_HETU -> {
        String date = date("dmy");
        String n = digits(3);
        int rest = Integer.parseInt(date + n) % 31;
        return date + any("-", "A", "+") + n + "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(rest);
      }
      case CZ_BIRTH_NUMBER -> {
        while (true) {
          String n = date("ymd") + digits(3);
          int rest = (int) (Long.parseLong(n) % 11);
          if (rest < 10) {
            int check = (int) ((11 - Long.parseLong(n + "0") % 11) % 11);
            if (check < 10) {
              return n.substring(0, 6) + any("/", "") + n.substring(6) + check;
            }
          }
        }
      }
      case RO_CNP -> {
        String n = any("1", "2", "5", "6") + date("ymd") + two(1 + upTo(46)) + digits(3);
        int check = weighted(n, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11;
        return n + (check == 10 ? 1 : check);
      }
      case BG_EGN -> {
        String n = date("ymd") + digits(3);
        return n + weighted(n, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10;
      }
      case TR_TCKN -> {
        String n = chars("123456789", 1) + digits(8);
        int odd = weighted(n, 1, 0, 1, 0, 1, 0, 1, 0, 1);
        int even = weighted(n, 0, 1, 0, 1, 0, 1, 0, 1, 0);
        int ten = Math.floorMod(odd * 7 - even, 10);
        return n + ten + (odd + even + ten) % 10;
      }
      case ZA_ID -> {
        return luhn(date("ymd") + digits(4) + any("0", "1") + "8");
      }
      case BR_CPF -> {
        String n = digits(9);
        int one = weighted(n, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        int two = weighted(n + one, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        String all = n + one + two;
        return upTo(2) == 0
            ? all
            : all.substring(0, 3)
                + "."
                + all.substring(3, 6)
                + "."
                + all.substring(6, 9)
                + "-"
                + all.substring(9);
      }
      case CN_ID -> {
        String n = any("110101", "310104", "440106") + (1950 + upTo(60)) + date("md") + digits(3);
        int rest = weighted(n, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2) % 11;
        return n + "10X98765432".charAt(rest);
      }
      case KR_RRN -> {
        String n = date("ymd") + any("1", "2", "3", "4") + digits(5);
        int check = (11 - weighted(n, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5) % 11) % 10;
        return n.substring(0, 6) + any("-", "") + n.substring(6) + check;
      }
      case JP_MY_NUMBER -> {
        String n = digits(11);
        int rest = weighted(n, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
        return n + (rest <= 1 ? 0 : 11 - rest);
      }
      case TH_ID -> {
        String n = chars("12345678", 1) + digits(11);
        int check = (11 - weighted(n, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11) % 10;
        String all = n + check;
        return upTo(2) == 0 ? all : grouped(all, "-", 1, 4, 5, 2, 1);
      }
      case IL_ID -> {
        String n = chars("123", 1) + digits(7);
        for (int c = 0; c < 10; c++) {
          String all = n + c;
          int sum = 0;
          for (int i = 0; i < 9; i++) {
            int d = (all.charAt(i) - '0') * (1 + i % 2);
            sum += d / 10 + d % 10;
          }
          if (sum % 10 == 0) {
            return all;
          }
        }
        throw new AssertionError(n);
      }
      case IT_CODICE_FISCALE -> {
        String n =
            chars("BCDFGLMNPRST", 6)
                + two(upTo(100))
                + chars("ABCDEHLMPRST", 1)
                + two(1 + upTo(28))
                + chars("ABCDEFGHL", 1)
                + digits(3);
        String odd = "1-0-5-7-9-13-15-17-19-21-2-4-18-20-11-3-6-8-12-14-16-10-22-25-24-23";
        String[] values = odd.split("-", -1);
        int sum = 0;
        for (int i = 0; i < 15; i++) {
          char c = n.charAt(i);
          int value = Character.isDigit(c) ? c - '0' : c - 'A';
          sum += i % 2 == 0 ? Integer.parseInt(values[value]) : value;
        }
        return n + (char) ('A' + sum % 26);
      }
      case SG_NRIC -> {
        String n = digits(7);
        int sum = weighted(n, 2, 7, 6, 5, 4, 3, 2);
        return "S" + n + "JZIHGFEDCBA".charAt(sum % 11);
      }
      case UK_NINO -> {
        String all = any("AB", "CE", "JK", "PR", "SX") + digits(6) + any("A", "B", "C", "D");
        return upTo(2) == 0 ? all : grouped(all, " ", 2, 2, 2, 2, 1);
      }
      default -> throw new IllegalArgumentException(type.name());
    }
  }

  private static boolean verhoeff(String number) {
    int[][] p = new int[8][10];
    int[] base = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    for (int i = 0; i < 10; i++) {
      p[0][i] = i;
    }
    for (int k = 1; k < 8; k++) {
      for (int i = 0; i < 10; i++) {
        p[k][i] = p[k - 1][base[i]];
      }
    }
    int c = 0;
    for (int i = 0; i < number.length(); i++) {
      int v = p[i % 8][number.charAt(number.length() - 1 - i) - '0'];
      // The dihedral group of ten: rotations 0 to 4, reflections 5 to 9.
      c =
          c < 5
              ? (v < 5 ? (c + v) % 5 : 5 + (c + v) % 5)
              : (v < 5 ? 5 + (c - v + 5) % 5 : Math.floorMod(c - v, 5));
    }
    return c == 0;
  }

  String key() {
    return switch (upTo(22)) {
      case 0 -> "sk-proj-" + chars(URL, 74) + "T3BlbkFJ" + chars(URL, 74);
      case 1 -> "sk-" + chars(ALNUM, 20) + "T3BlbkFJ" + chars(ALNUM, 20);
      case 2 -> "sk-ant-api03-" + chars(URL, 93) + "AA";
      case 3 -> "hf_" + chars(UPPER + LOWER, 34);
      case 4 -> any("AKIA", "ASIA") + chars(UPPER + "234567", 16);
      case 5 -> any("ghp_", "gho_", "ghs_") + chars(ALNUM, 36);
      case 6 -> "github_pat_" + chars(ALNUM, 22) + "_" + chars(ALNUM, 59);
      case 7 -> "AIza" + chars(URL, 35);
      case 8 -> "gsk_" + chars(ALNUM, 52);
      case 9 -> "r8_" + chars(ALNUM, 37);
      case 10 -> "pplx-" + chars(ALNUM, 48);
      case 11 -> "nvapi-" + chars(URL, 64);
      case 12 -> "xai-" + chars(ALNUM, 80);
      case 13 -> any("sk-lf-", "pk-lf-") + new UUID(random.nextLong(), random.nextLong());
      case 14 -> "xoxb-" + digits(12) + "-" + digits(12) + "-" + chars(ALNUM, 24);
      case 15 -> "glpat-" + chars(URL, 20);
      case 16 -> any("sk_live_", "sk_test_", "rk_live_") + chars(ALNUM, 24);
      case 17 -> "SG." + chars(URL, 22) + "." + chars(URL, 43);
      case 18 -> "npm_" + chars(ALNUM, 36);
      case 19 -> "dapi" + chars(HEX, 32);
      case 20 -> "glsa_" + chars(ALNUM, 32) + "_" + chars(HEX, 8);
      default -> chars(ALNUM, 3) + digits(1) + "Q~" + chars(ALNUM, 34);
    };
  }

  String jwt() {
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String header =
        any(
            "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
            "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"" + chars(HEX, 8) + "\"}");
    String claims = "{\"sub\":\"" + digits(10) + "\",\"iat\":" + digits(10) + "}";
    return encoder.encodeToString(header.getBytes(StandardCharsets.UTF_8))
        + "."
        + encoder.encodeToString(claims.getBytes(StandardCharsets.UTF_8))
        + "."
        + chars(URL, 43);
  }

  // ---- Sentences -----------------------------------------------------------------------------

  private Sample in(String template, RedactionType type, String value) {
    int at = template.indexOf("%s");
    return new Sample(template.replace("%s", value), type, at, at + value.length());
  }

  Sample sample(RedactionType type) {
    return switch (type) {
      case EMAIL ->
          in(
              any(
                  "Write to %s.",
                  "mail: %s, please",
                  "<%s>",
                  "{\"to\":\"%s\"}",
                  "联系%s。",
                  "Von: %s\nAn: alle",
                  "(%s)",
                  "user=%s&x=1",
                  "%s"),
              type,
              email());
      case CARD ->
          in(
              any(
                  "My card is %s.",
                  "%s",
                  "card number %s, exp 12/29",
                  "{\"n\":\"%s\"}",
                  "カード番号%sです",
                  "Bitte %s belasten",
                  "paid with %s yesterday",
                  "cc: %s\nname: x"),
              type,
              card());
      case IBAN ->
          in(
              any(
                  "IBAN %s",
                  "Please pay to %s.", "%s", "{\"account\":\"%s\"}", "Konto: %s, danke", "(%s)"),
              type,
              iban());
      case US_SSN ->
          in(
              any("SSN %s", "my social is %s.", "%s", "{\"v\":\"%s\"}", "His number: %s, ok?"),
              type,
              ssn());
      case IP_ADDRESS ->
          in(
              any(
                  "from %s",
                  "host %s is down",
                  "%s",
                  "{\"addr\":\"%s\"}",
                  "connect to %s:8080 failed",
                  "http://%s/path",
                  "[%s] GET",
                  "client=%s,"),
              type,
              ipv4());
      case PHONE ->
          in(
              any(
                  "Call me at %s.",
                  "Tel: %s",
                  "phone %s, thanks",
                  "Meine Telefonnummer ist %s",
                  "Mon téléphone : %s",
                  "Mi teléfono es %s",
                  "My number is %s",
                  "我的电话是%s",
                  "{\"phone\":\"%s\"}",
                  "Mobile: %s"),
              type,
              phone());
      case API_KEY ->
          in(
              any(
                  "key: %s",
                  "export KEY=%s",
                  "I pasted %s here",
                  "{\"x\":\"%s\"}",
                  "\"%s\"",
                  "%s",
                  "curl -H 'x: %s'",
                  "it is %s."),
              type,
              key());
      case JWT -> in(any("Bearer %s", "jwt=%s", "%s", "{\"t\":\"%s\"}"), type, jwt());
      default -> in(context(type), type, national(type));
    };
  }

  private String context(RedactionType type) {
    return switch (type) {
      case UK_NHS -> any("NHS number %s", "nhs no: %s", "Patient NHS %s admitted");
      case CA_SIN -> any("My SIN is %s", "social insurance number %s", "NAS : %s");
      case IN_AADHAAR -> any("Aadhaar %s", "my aadhaar number is %s", "आधार %s");
      case DE_TAX_ID ->
          any("Steuer-ID: %s", "Meine Steueridentifikationsnummer lautet %s", "tax id %s");
      case FR_NIR -> any("numéro de sécurité sociale %s", "NIR : %s", "INSEE %s");
      case ES_DNI -> any("DNI %s", "mi DNI es %s", "documento nacional de identidad: %s");
      case NL_BSN -> any("BSN %s", "mijn burgerservicenummer is %s");
      case BE_NATIONAL_NUMBER ->
          any("rijksregisternummer %s", "numéro national %s", "national number: %s");
      case PL_PESEL -> any("PESEL %s", "mój numer PESEL to %s");
      case PT_NIF -> any("NIF %s", "número de contribuinte: %s");
      case SE_PERSONNUMMER ->
          any("personnummer %s", "mitt personnummer är %s", "personal identity number %s");
      case NO_FODSELSNUMMER ->
          any("fødselsnummer %s", "Fødselsnummeret mitt er %s", "national id %s");
      case FI_HETU -> any("henkilötunnus %s", "HETU: %s");
      case CZ_BIRTH_NUMBER -> any("rodné číslo %s", "birth number: %s");
      case RO_CNP -> any("CNP %s", "CNP: %s", "cod numeric personal %s");
      case BG_EGN -> any("ЕГН %s", "EGN: %s");
      case TR_TCKN -> any("TC kimlik no: %s", "TCKN %s", "T.C. Kimlik numaram %s");
      case ZA_ID -> any("My South African ID is %s", "ID number %s", "RSA ID: %s");
      case BR_CPF -> any("CPF %s", "meu CPF é %s");
      case CN_ID -> any("身份证号码%s", "我的身份证是 %s。", "id %s");
      case KR_RRN -> any("주민등록번호 %s", "RRN: %s");
      case JP_MY_NUMBER -> any("マイナンバーは%sです", "individual number: %s", "個人番号 %s");
      case TH_ID -> any("เลขบัตรประชาชน %s", "Thai national id %s");
      case IL_ID -> any("Israeli ID %s", "תעודת זהות %s", "teudat zehut: %s");
      case IT_CODICE_FISCALE -> any("codice fiscale %s", "C.F. %s", "%s");
      case SG_NRIC -> any("NRIC %s", "my NRIC is %s");
      case UK_NINO -> any("NI number %s", "National Insurance: %s", "%s");
      default -> throw new IllegalArgumentException(type.name());
    };
  }

  /** What looks like something and is nothing. */
  Sample lookAlike() {
    String id = new UUID(random.nextLong(), random.nextLong()).toString();
    String text =
        switch (upTo(24)) {
          case 0 -> "request " + id + " failed";
          case 1 -> "commit " + chars(HEX, 40);
          case 2 -> "sha256:" + chars(HEX, 64);
          case 3 -> "<img src=\"data:image/png;base64," + chars(ALNUM + "+/", 400) + "\">";
          case 4 -> "ISBN 978-" + digits(1) + "-" + digits(4) + "-" + digits(4) + "-" + digits(1);
          case 5 -> "ISBN 978" + digits(10);
          case 6 -> "order " + digits(10) + " has shipped";
          case 7 -> "Order #" + digits(3) + "-" + digits(7) + "-" + digits(7);
          case 8 -> "invoice INV-2024-" + digits(6);
          case 9 -> "version " + upTo(20) + "." + upTo(20) + "." + upTo(20) + "." + upTo(200);
          case 10 ->
              "Mozilla/5.0 Chrome/"
                  + (100 + upTo(30))
                  + ".0."
                  + upTo(9000)
                  + "."
                  + upTo(250)
                  + " Safari/537.36";
          case 11 -> "v" + upTo(9) + "." + upTo(20) + "." + upTo(30) + "." + upTo(9);
          case 12 -> "trace_id=" + chars(HEX, 32) + " span_id=" + chars(HEX, 16);
          case 13 -> "{\"ts\":17" + digits(11) + ",\"n\":17" + digits(17) + "}";
          case 14 ->
              "2024-0"
                  + (1 + upTo(8))
                  + "-1"
                  + upTo(9)
                  + "T1"
                  + upTo(9)
                  + ":"
                  + (10 + upTo(49))
                  + ":"
                  + (10 + upTo(49))
                  + "."
                  + digits(6)
                  + "Z";
          case 15 -> "arn:aws:s3:::bucket-" + digits(6) + "/path";
          case 16 -> "GPU-" + id;
          case 17 -> "SELECT * FROM t WHERE id = " + digits(8) + " AND token = ? LIMIT 100";
          case 18 -> "    at com.example.Foo.bar(Foo.java:" + digits(3) + ") ~[app-1.2.3.4.jar:?]";
          case 19 -> "tracking number 1Z" + chars(UPPER + "0123456789", 16);
          case 20 -> "sk-learn-" + chars(LOWER, 5) + " and hf_hub_download and ghp_module";
          case 21 -> "matrix 0." + digits(12) + " 1." + digits(10) + "e-0" + upTo(9);
          case 22 -> "token = tokenizer.next(); password: string; secret = config.get(\"secret\")";
          default ->
              "max_tokens: "
                  + digits(4)
                  + ", total_tokens="
                  + digits(5)
                  + ", icon@2x.png, pkg@"
                  + upTo(9)
                  + ".2.3";
        };
    return new Sample(text, null, 0, 0);
  }
}
