/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.spanglass.testing.contract.ContractScenario.Tier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one JVM plays.
 *
 * @param seed of the generated exchanges
 * @param generated how many there are, besides the ones that are written down
 * @param tier which of them are played
 * @param only these ids, all if it is empty
 * @param atOnce how many streams to have open at the same time after that
 * @param rotation which {@link FaultMode} the first exchange has; the order depends on it with and
 *     without faults
 * @param faults whether the modes are set
 */
record Plan(
    long seed,
    int generated,
    Tier tier,
    Set<String> only,
    int atOnce,
    int rotation,
    boolean faults) {

  /** How many arguments it is. */
  static final int ARGUMENTS = 7;

  boolean plays(ContractScenario scenario) {
    return scenario.isIn(tier) && (only.isEmpty() || only.contains(scenario.id()));
  }

  List<String> toArguments() {
    return List.of(
        Long.toString(seed),
        Integer.toString(generated),
        tier.name(),
        "only=" + String.join(",", only),
        Integer.toString(atOnce),
        Integer.toString(rotation),
        Boolean.toString(faults));
  }

  static Plan fromArguments(String[] args, int from) {
    String ids = args[from + 3].substring("only=".length());
    return new Plan(
        Long.parseLong(args[from]),
        Integer.parseInt(args[from + 1]),
        Tier.valueOf(args[from + 2]),
        ids.isEmpty() ? Set.of() : new TreeSet<>(Arrays.asList(ids.split(",", -1))),
        Integer.parseInt(args[from + 4]),
        Integer.parseInt(args[from + 5]),
        Boolean.parseBoolean(args[from + 6]));
  }
}
