/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import io.spanglass.redaction.Finding;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.RedactionType;
import io.spanglass.redaction.Redactor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Prints how much of what is there is found, and how much of what is found is there, under the
 * policy {@code strict}: for invented data, and for the labelled data of others where it lies in
 * {@code ../shared/pii}.
 */
public final class Accuracy {
  private static final int SAMPLES = 1000;
  private static final Redactor STRICT = Redactor.of(RedactionPolicy.strict());

  /** Which of others' labels is which type. */
  private static final Map<String, RedactionType> LABELS =
      Map.ofEntries(
          Map.entry("EMAIL_ADDRESS", RedactionType.EMAIL),
          Map.entry("EMAIL", RedactionType.EMAIL),
          Map.entry("CREDIT_CARD", RedactionType.CARD),
          Map.entry("IBAN_CODE", RedactionType.IBAN),
          Map.entry("IBAN", RedactionType.IBAN),
          Map.entry("US_SSN", RedactionType.US_SSN),
          Map.entry("SSN", RedactionType.US_SSN),
          Map.entry("PHONE_NUMBER", RedactionType.PHONE),
          Map.entry("PHONE", RedactionType.PHONE),
          Map.entry("IP_ADDRESS", RedactionType.IP_ADDRESS),
          Map.entry("PAN", RedactionType.IN_PAN),
          Map.entry("AADHAR", RedactionType.IN_AADHAAR));

  private final boolean details;
  private final List<String> lines = new ArrayList<>();

  private Accuracy(boolean details) {
    this.details = details;
  }

  /**
   * Prints the tables.
   *
   * @param arguments {@code --details} for what was missed and what is wrong; the folder of the
   *     labelled data
   */
  public static void main(String[] arguments) throws IOException {
    Path data = Path.of("../shared/pii");
    boolean details = false;
    for (String argument : arguments) {
      if (argument.equals("--details")) {
        details = true;
      } else {
        data = Path.of(argument);
      }
    }
    Accuracy accuracy = new Accuracy(details);
    accuracy.invented();
    if (Files.isDirectory(data)) {
      accuracy.spans(data.resolve("presidio_generated_large.jsonl"), true);
      accuracy.spans(data.resolve("nano_en.jsonl"), false);
      accuracy.recognizers(data.resolve("presidio_recognizer_cases.jsonl"));
      accuracy.verdicts(data.resolve("validatorjs_cases.jsonl"));
      accuracy.phones(data.resolve("phone_examples.jsonl"));
      accuracy.prose(data.resolve("prose_alice29.txt"));
    } else {
      System.out.println("There is no labelled data in " + data + ": only invented data was used.");
    }
    accuracy.lines.forEach(System.out::println);
  }

  private void table(String title, Iterable<Score> scores) {
    System.out.println();
    System.out.println("| " + title + " | there | recall | precision |");
    System.out.println("|---|---|---|---|");
    for (Score score : scores) {
      System.out.println(score.row());
      if (details) {
        lines.addAll(score.details());
      }
    }
  }

  private static boolean covers(Finding finding, int start, int end) {
    return finding.start() <= start && finding.end() >= end;
  }

  private static boolean touches(Finding finding, int start, int end) {
    return finding.start() < end && finding.end() > start;
  }

  // ---- Invented data -------------------------------------------------------------------------

  private void invented() {
    Generator generator = new Generator(20260701);
    Map<RedactionType, Score> scores = new TreeMap<>();
    List<RedactionType> types =
        List.of(
            RedactionType.EMAIL,
            RedactionType.CARD,
            RedactionType.IBAN,
            RedactionType.US_SSN,
            RedactionType.IP_ADDRESS,
            RedactionType.PHONE,
            RedactionType.API_KEY,
            RedactionType.JWT,
            RedactionType.UK_NHS,
            RedactionType.UK_NINO,
            RedactionType.CA_SIN,
            RedactionType.IN_AADHAAR,
            RedactionType.DE_TAX_ID,
            RedactionType.FR_NIR,
            RedactionType.ES_DNI,
            RedactionType.IT_CODICE_FISCALE,
            RedactionType.NL_BSN,
            RedactionType.BE_NATIONAL_NUMBER,
            RedactionType.PL_PESEL,
            RedactionType.PT_NIF,
            RedactionType.SE_PERSONNUMMER,
            RedactionType.NO_FODSELSNUMMER,
            RedactionType.FI_HETU,
            RedactionType.CZ_BIRTH_NUMBER,
            RedactionType.RO_CNP,
            RedactionType.BG_EGN,
            RedactionType.TR_TCKN,
            RedactionType.ZA_ID,
            RedactionType.IL_ID,
            RedactionType.BR_CPF,
            RedactionType.CN_ID,
            RedactionType.KR_RRN,
            RedactionType.JP_MY_NUMBER,
            RedactionType.TH_ID,
            RedactionType.SG_NRIC);
    for (RedactionType type : types) {
      scores.put(type, new Score(type.name()));
    }
    for (RedactionType type : types) {
      for (int i = 0; i < SAMPLES; i++) {
        Generator.Sample sample = generator.sample(type);
        List<Finding> findings = STRICT.find(sample.text());
        boolean found = false;
        for (Finding finding : findings) {
          found |= finding.type() == type && covers(finding, sample.start(), sample.end());
          Score score = scores.computeIfAbsent(finding.type(), t -> new Score(t.name()));
          score.told(
              finding.type() == type && touches(finding, sample.start(), sample.end()),
              sample.text() + " " + finding);
        }
        scores.computeIfAbsent(type, t -> new Score(t.name())).there(found, sample.text());
      }
    }
    table("invented, with context where a type needs it", scores.values());

    Score clean = new Score("texts with something found in them: wrong");
    for (int i = 0; i < 20 * SAMPLES; i++) {
      Generator.Sample sample = generator.lookAlike();
      List<Finding> findings = STRICT.find(sample.text());
      clean.told(findings.isEmpty(), sample.text() + " " + findings);
    }
    table("look-alikes", List.of(clean));
  }

  // ---- Labelled data -------------------------------------------------------------------------

  @SuppressWarnings("unchecked")
  private void spans(Path file, boolean complete) throws IOException {
    Map<RedactionType, Score> scores = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      Map<String, Object> row = Json.row(line);
      String text = (String) Json.field(row, "text");
      List<Finding> findings = STRICT.find(text);
      List<int[]> spans = new ArrayList<>();
      List<RedactionType> types = new ArrayList<>();
      for (Object each : (List<Object>) Json.field(row, "spans")) {
        Map<String, Object> span = (Map<String, Object>) each;
        RedactionType type = LABELS.get((String) Json.field(span, "label"));
        if (type == null) {
          continue;
        }
        int start = text.offsetByCodePoints(0, ((Double) Json.field(span, "start")).intValue());
        int end = text.offsetByCodePoints(0, ((Double) Json.field(span, "end")).intValue());
        spans.add(new int[] {start, end});
        types.add(type);
        boolean found = findings.stream().anyMatch(f -> f.type() == type && covers(f, start, end));
        scores
            .computeIfAbsent(type, t -> new Score(t.name()))
            .there(found, text.substring(start, end) + " in " + text + " " + findings);
      }
      if (complete) {
        for (Finding finding : findings) {
          boolean right = false;
          for (int i = 0; i < spans.size(); i++) {
            right |=
                types.get(i) == finding.type()
                    && touches(finding, spans.get(i)[0], spans.get(i)[1]);
          }
          scores
              .computeIfAbsent(finding.type(), t -> new Score(t.name()))
              .told(
                  right,
                  text.substring(finding.start(), finding.end()) + " " + finding + " in " + text);
        }
      }
    }
    table(file.getFileName().toString(), scores.values());
  }

  /** Cases of single recognizers: a text and how many are in it. */
  @SuppressWarnings("unchecked")
  private void recognizers(Path file) throws IOException {
    Map<String, RedactionType> wanted =
        Map.ofEntries(
            Map.entry("credit_card_recognizer", RedactionType.CARD),
            Map.entry("crypto_recognizer", RedactionType.CRYPTO_ADDRESS),
            Map.entry("email_recognizer", RedactionType.EMAIL),
            Map.entry("iban_recognizer", RedactionType.IBAN),
            Map.entry("ip_recognizer", RedactionType.IP_ADDRESS),
            Map.entry("mac_recognizer", RedactionType.MAC_ADDRESS),
            Map.entry("us_ssn_recognizer", RedactionType.US_SSN),
            Map.entry("us_itin_recognizer", RedactionType.US_SSN),
            Map.entry("es_nif_recognizer", RedactionType.ES_DNI),
            Map.entry("es_nie_recognizer", RedactionType.ES_DNI),
            Map.entry("fi_personal_identity_code_recognizer", RedactionType.FI_HETU),
            Map.entry("it_fiscal_code_recognizer", RedactionType.IT_CODICE_FISCALE),
            Map.entry("uk_nino_recognizer", RedactionType.UK_NINO),
            Map.entry("sg_fin_recognizer", RedactionType.SG_NRIC),
            Map.entry("phone_recognizer", RedactionType.PHONE));
    Map<String, Score> scores = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      Map<String, Object> row = Json.row(line);
      String name = (String) Json.field(row, "recognizer");
      RedactionType type = wanted.get(name);
      List<@Nullable Object> values = (List<@Nullable Object>) Json.field(row, "values");
      if (type == null
          || values.size() < 2
          || !(values.get(0) instanceof String text)
          || !(values.get(1) instanceof Double expected)) {
        continue;
      }
      Score score = scores.computeIfAbsent(name, Score::new);
      long found = STRICT.find(text).stream().filter(f -> f.type() == type).count();
      for (int i = 0; i < expected; i++) {
        score.there(i < found, text + " " + STRICT.find(text));
      }
      for (int i = 0; i < found; i++) {
        score.told(i < expected, text + " " + STRICT.find(text));
      }
    }
    table("presidio's recognizers, also bare values", scores.values());
  }

  /** Whole strings that are something or not, each in a sentence. */
  private void verdicts(Path file) throws IOException {
    Map<String, RedactionType> wanted =
        Map.of(
            "isEmail", RedactionType.EMAIL,
            "isIBAN", RedactionType.IBAN,
            "isCreditCard", RedactionType.CARD,
            "isIP", RedactionType.IP_ADDRESS,
            "isMACAddress", RedactionType.MAC_ADDRESS,
            "isBtcAddress", RedactionType.CRYPTO_ADDRESS,
            "isJWT", RedactionType.JWT);
    Map<String, Score> scores = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      Map<String, Object> row = Json.row(line);
      String name = (String) Json.field(row, "validator");
      RedactionType type = wanted.get(name);
      if (type == null || !(row.get("value") instanceof String value) || row.containsKey("args")) {
        continue;
      }
      boolean valid = (Boolean) Json.field(row, "valid");
      String text = (name.equals("isCreditCard") ? "card: " : "value: ") + value;
      int start = text.length() - value.length();
      boolean found =
          STRICT.find(text).stream()
              .anyMatch(f -> f.type() == type && covers(f, start, text.length()));
      Score score = scores.computeIfAbsent(name, Score::new);
      if (valid) {
        score.there(found, text + " " + STRICT.find(text));
      }
      if (found) {
        score.told(valid, text);
      }
    }
    table("validator.js, found as a whole", scores.values());
  }

  private void phones(Path file) throws IOException {
    Score international = new Score("international, no context");
    Score national = new Score("national, beside a word");
    for (String line : Files.readAllLines(file)) {
      Map<String, Object> row = Json.row(line);
      String number = (String) Json.field(row, "national_number");
      String type = (String) Json.field(row, "type");
      if (!type.equals("mobile") && !type.equals("fixedLine")) {
        continue;
      }
      String text = "see +" + row.get("country_code") + " " + number + " today";
      international.there(
          STRICT.find(text).stream()
              .anyMatch(f -> f.type() == RedactionType.PHONE && covers(f, 4, text.length() - 6)),
          text + " " + row.get("region"));
      Object prefix = row.get("national_prefix");
      String local = "My phone is " + (prefix == null ? "" : prefix) + number + ".";
      national.there(
          STRICT.find(local).stream()
              .anyMatch(f -> f.type() == RedactionType.PHONE && covers(f, 12, local.length() - 1)),
          local + " " + row.get("region"));
    }
    table("libphonenumber's examples", List.of(international, national));
  }

  private void prose(Path file) throws IOException {
    Score score = new Score("findings in prose");
    String text = Files.readString(file);
    for (Finding finding : STRICT.find(text)) {
      score.told(false, text.substring(finding.start(), finding.end()) + " " + finding);
    }
    for (String line : text.split("\n", -1)) {
      score.told(STRICT.find(line).isEmpty(), line);
    }
    table("prose", List.of(score));
  }
}
