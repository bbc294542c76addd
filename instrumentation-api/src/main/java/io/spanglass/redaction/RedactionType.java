/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import org.jspecify.annotations.Nullable;

/**
 * What can be found. The name is what stands in the text afterwards, in brackets; it has no digits,
 * so that a text that was redacted does not change when it is redacted once more.
 */
public enum RedactionType {
  EMAIL(Context.NONE),
  PHONE(Context.PHONE),
  IP_ADDRESS(Context.NETWORK),
  MAC_ADDRESS(Context.NETWORK),
  /** A payment card, 12 to 19 digits. */
  CARD(Context.CARD),
  IBAN(Context.NONE),
  /** A bank's identifier code, beside a word that says so. */
  BIC(Context.BIC),
  /** A bank's number in the United States. */
  ROUTING_NUMBER(Context.ROUTING),
  /** An address of Bitcoin or Ethereum. */
  CRYPTO_ADDRESS(Context.NONE),
  /** Social security number, also the individual taxpayer's number (ITIN). */
  US_SSN(Context.NATIONAL_ID | Context.SSN),
  UK_NINO(Context.NATIONAL_ID),
  UK_NHS(Context.NATIONAL_ID),
  CA_SIN(Context.NATIONAL_ID),
  AU_TFN(Context.NATIONAL_ID),
  AU_MEDICARE(Context.NATIONAL_ID),
  IN_AADHAAR(Context.NATIONAL_ID),
  IN_PAN(Context.NATIONAL_ID),
  DE_TAX_ID(Context.NATIONAL_ID),
  FR_NIR(Context.NATIONAL_ID),
  /** DNI, NIF and NIE. */
  ES_DNI(Context.NATIONAL_ID),
  IT_CODICE_FISCALE(Context.NATIONAL_ID),
  NL_BSN(Context.NATIONAL_ID),
  BE_NATIONAL_NUMBER(Context.NATIONAL_ID),
  PL_PESEL(Context.NATIONAL_ID),
  PT_NIF(Context.NATIONAL_ID),
  SE_PERSONNUMMER(Context.NATIONAL_ID),
  NO_FODSELSNUMMER(Context.NATIONAL_ID),
  DK_CPR(Context.NATIONAL_ID),
  FI_HETU(Context.NATIONAL_ID),
  /** The birth number of Czechia and Slovakia. */
  CZ_BIRTH_NUMBER(Context.NATIONAL_ID),
  RO_CNP(Context.NATIONAL_ID),
  BG_EGN(Context.NATIONAL_ID),
  TR_TCKN(Context.NATIONAL_ID),
  ZA_ID(Context.NATIONAL_ID),
  IL_ID(Context.NATIONAL_ID),
  BR_CPF(Context.NATIONAL_ID),
  BR_CNPJ(Context.NATIONAL_ID),
  MX_CURP(Context.NATIONAL_ID),
  CN_ID(Context.NATIONAL_ID),
  KR_RRN(Context.NATIONAL_ID),
  JP_MY_NUMBER(Context.NATIONAL_ID),
  TH_ID(Context.NATIONAL_ID),
  SG_NRIC(Context.NATIONAL_ID),
  /** By the name of the field alone. */
  DATE_OF_BIRTH(Context.NONE),
  /** A key of a service that is known by how it starts. */
  API_KEY(Context.NONE, true),
  /** A signed web token. */
  JWT(Context.NONE, true),
  PRIVATE_KEY(Context.NONE, true),
  /** What stands before the host of a URL. */
  URL_CREDENTIALS(Context.NONE, true),
  /** The value of a field whose name says that it is secret. */
  SECRET(Context.NONE, true),
  /** What a rule of the user's found; the rule's name stands in the text. */
  CUSTOM(Context.NONE, true);

  private static final RedactionType[] VALUES = values();

  /** What the type says, as a word of context, about a number beside it. */
  final int context;

  private final boolean secret;

  RedactionType(int context) {
    this(context, false);
  }

  RedactionType(int context, boolean secret) {
    this.context = context;
    this.secret = secret;
  }

  /** Whether the preset {@code secrets-only} looks for it. */
  public boolean isSecret() {
    return secret;
  }

  /** In a set of types; never stored. */
  @SuppressWarnings("EnumOrdinal")
  long bit() {
    return 1L << ordinal();
  }

  /** The type of that name, without making a string of it. */
  static @Nullable RedactionType named(char[] text, int start, int end) {
    for (RedactionType type : VALUES) {
      String name = type.name();
      if (name.length() == end - start) {
        int i = 0;
        while (i < name.length() && name.charAt(i) == text[start + i]) {
          i++;
        }
        if (i == name.length()) {
          return type;
        }
      }
    }
    return null;
  }
}
