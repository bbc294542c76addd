/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which containers hold which GPUs, as the kubelet told it last. Never changed once made.
 *
 * <p>Device plugins name a device in several ways: {@code GPU-uuid}, {@code MIG-uuid}, {@code
 * nvidiaN} and {@code nvidiaN/giM} (GKE), {@code MIG-GPU-uuid/gi/ci} (before driver 470); and one
 * share of a device by {@code ::N} or {@code /vgpuN} at the end.
 */
final class PodAllocations {
  static final PodAllocations NONE = new PodAllocations(Collections.emptyMap());

  static final AttributeKey<String> NAMESPACE = AttributeKey.stringKey("k8s.namespace.name");
  static final AttributeKey<String> POD = AttributeKey.stringKey("k8s.pod.name");
  static final AttributeKey<String> CONTAINER = AttributeKey.stringKey("k8s.container.name");

  /** No more containers of one device are told; device plugins share a GPU among far fewer. */
  static final int MAX_CONTAINERS = 64;

  /** A container that holds a device, or shares of it. */
  static final class Holder {
    final Attributes attributes;
    final boolean shared;

    /** How many ids of the device the container was given: 1, or its shares. */
    int count = 1;

    Holder(Attributes attributes, boolean shared) {
      this.attributes = attributes;
      this.shared = shared;
    }
  }

  private final Map<String, List<Holder>> byDevice;

  private PodAllocations(Map<String, List<Holder>> byDevice) {
    this.byDevice = byDevice;
  }

  /** Collects allocations. */
  static final class Builder {
    private final Map<String, List<Holder>> byDevice = new HashMap<>();

    /** Adds a device of a container; what is not an NVIDIA GPU is passed over. */
    void add(String resource, String deviceId, String namespace, String pod, String container) {
      boolean byUuid = deviceId.startsWith("GPU-") || deviceId.startsWith("MIG-");
      if (!byUuid && !(resource.startsWith("nvidia.com/") && deviceId.startsWith("nvidia"))) {
        return;
      }
      String device = deviceId;
      int share = device.indexOf("::");
      if (share < 0) {
        share = device.indexOf("/vgpu");
      }
      if (share >= 0) {
        device = device.substring(0, share);
      }
      Attributes attributes = Attributes.of(NAMESPACE, namespace, POD, pod, CONTAINER, container);
      List<Holder> holders = byDevice.computeIfAbsent(device, d -> new ArrayList<>(1));
      for (Holder holder : holders) {
        if (holder.attributes.equals(attributes)) {
          holder.count++;
          return;
        }
      }
      if (holders.size() < MAX_CONTAINERS) {
        holders.add(new Holder(attributes, share >= 0));
      }
    }

    PodAllocations build() {
      return new PodAllocations(byDevice);
    }
  }

  /**
   * The containers that hold a device known by any of these names.
   *
   * @param names the device's names, without a share's ending
   */
  List<Holder> holders(List<String> names) {
    List<Holder> first = Collections.emptyList();
    List<Holder> all = first;
    for (String name : names) {
      List<Holder> some = byDevice.get(name);
      if (some == null) {
        continue;
      }
      if (all.isEmpty()) {
        all = some;
        first = some;
      } else {
        all = all == first ? new ArrayList<>(all) : all;
        all.addAll(some);
      }
    }
    return all;
  }

  /**
   * What can be said of the whole device: the pod, and the container, when no other has a part in
   * it; nothing when the device is shared, because what it does then is not one pod's doing.
   */
  static Attributes ofWholeDevice(List<Holder> holders) {
    if (holders.isEmpty() || holders.get(0).shared) {
      return Attributes.empty();
    }
    Attributes first = holders.get(0).attributes;
    if (holders.size() == 1) {
      return first;
    }
    for (Holder holder : holders) {
      if (holder.shared
          || !same(NAMESPACE, first, holder.attributes)
          || !same(POD, first, holder.attributes)) {
        return Attributes.empty();
      }
    }
    AttributesBuilder pod = Attributes.builder();
    put(pod, NAMESPACE, first.get(NAMESPACE));
    put(pod, POD, first.get(POD));
    return pod.build();
  }

  private static boolean same(AttributeKey<String> key, Attributes one, Attributes other) {
    return String.valueOf(one.get(key)).equals(other.get(key));
  }

  private static void put(AttributesBuilder to, AttributeKey<String> key, @Nullable String value) {
    if (value != null) {
      to.put(key, value);
    }
  }
}
