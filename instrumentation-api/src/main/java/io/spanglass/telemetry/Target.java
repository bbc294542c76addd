/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.spanglass.wire.decode.WireApi;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where calls of one API go, and what follows from that. Immutable. */
final class Target {
  final WireApi api;
  final String operation;
  final String host;
  final int port;
  final String provider;

  /** Whether the host is not known, and the provider follows from the API. */
  final boolean isProviderInferred;

  final String hostClass;

  /** Whether metrics tell the address: it is not one of too many. */
  final boolean isAddressTold;

  private Target(
      WireApi api, String host, int port, @Nullable String knownProvider, boolean isAddressTold) {
    this.api = api;
    this.operation = api.operation();
    this.host = host;
    this.port = port;
    this.provider = knownProvider != null ? knownProvider : api.inferredProvider();
    this.isProviderInferred = knownProvider == null;
    this.hostClass = HostClasses.of(host, knownProvider != null);
    this.isAddressTold = isAddressTold;
  }

  /** Whether metrics say the same of both. */
  boolean isSameSeries(Target other) {
    return this == other
        || (operation.equals(other.operation)
            && provider.equals(other.provider)
            && hostClass.equals(other.hostClass)
            && isAddressTold == other.isAddressTold
            && (!isAddressTold || (port == other.port && host.equals(other.host))));
  }

  /** Agrees with {@link #isSameSeries}. */
  int seriesHash() {
    int hash = 31 * operation.hashCode() + provider.hashCode();
    return isAddressTold ? 31 * (31 * hash + host.hashCode()) + port : hash;
  }

  /** The targets of a process, as many as metrics tell the addresses of. */
  static final class Cache {
    private static final int MAX_ADDRESSES = 100;

    private final BoundedValues addresses = new BoundedValues(MAX_ADDRESSES);
    private final ConcurrentHashMap<Key, Target> targets = new ConcurrentHashMap<>();
    private final Providers providers;

    Cache(Providers providers) {
      this.providers = providers;
    }

    Target of(WireApi api, String host, int port) {
      Key key = new Key(api, host, port);
      Target known = targets.get(key);
      if (known != null) {
        return known;
      }
      // Ports are as many as hosts, where servers are started on any that is free.
      String address = host + ":" + port;
      boolean told = addresses.bound(address).equals(address);
      Target made = new Target(api, host, port, providers.of(host), told);
      if (told) {
        targets.put(key, made);
      }
      return made;
    }
  }

  private static final class Key {
    private final WireApi api;
    private final String host;
    private final int port;

    Key(WireApi api, String host, int port) {
      this.api = api;
      this.host = host;
      this.port = port;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (!(other instanceof Key)) {
        return false;
      }
      Key key = (Key) other;
      return api == key.api && port == key.port && host.equals(key.host);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * System.identityHashCode(api) + host.hashCode()) + port;
    }
  }
}
