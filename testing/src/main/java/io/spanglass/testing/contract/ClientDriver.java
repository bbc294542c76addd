/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import org.jspecify.annotations.Nullable;

/**
 * One HTTP client, as an application uses it. Runs in the forked JVM, has a public constructor
 * without parameters, and is used by several threads.
 */
public interface ClientDriver {

  /**
   * Why the client does not have a feature, as a sentence for its users, or null if it has it. What
   * needs the feature is not played then.
   */
  @Nullable String lacks(Feature feature);

  /** Called once, before anything else but {@link #lacks}. */
  void open(Endpoints endpoints) throws Exception;

  /**
   * Makes the call, tells it everything that the application sees, and returns when the
   * application's part in it is over. What the client throws is thrown.
   */
  void perform(ClientCall call) throws Exception;

  /**
   * The name under which a thread is compared: where it is left to chance which of several threads
   * calls the application, all of them need the same one.
   *
   * @param name of the thread, without numbers
   */
  default String thread(String name) {
    return name;
  }

  /**
   * Whether the client has one pool of connections for the whole process: then it is left to chance
   * which exchange gets which connection.
   */
  default boolean sharesConnections() {
    return false;
  }

  /**
   * Lets go of the clients that calls with {@link ClientCall#fresh} made; between two exchanges.
   */
  default void release() {}

  /**
   * Exchanges of what only this client has. They are compared as all others are.
   *
   * @param list where to add them
   */
  default void own(Scenarios list) {}

  /** A driver by the name of its class. */
  static ClientDriver of(String name) throws ReflectiveOperationException {
    return Class.forName(name)
        .asSubclass(ClientDriver.class)
        .getDeclaredConstructor()
        .newInstance();
  }
}
