/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the kubelet's {@code v1.ListPodResourcesResponse}: of every container its devices. Fields
 * that are not needed, or that a newer kubelet adds, are passed over.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubelet/blob/master/pkg/apis/podresources/v1/api.proto">api.proto</a>
 */
final class PodResourcesDecoder {
  private static final int LENGTH_DELIMITED = 2;

  private final byte[] bytes;
  private int at;

  private PodResourcesDecoder(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Decodes a response.
   *
   * @throws IOException when it is not one
   */
  static PodAllocations decode(byte[] response) throws IOException {
    PodAllocations.Builder out = new PodAllocations.Builder();
    PodResourcesDecoder decoder = new PodResourcesDecoder(response);
    int field;
    while ((field = decoder.next(response.length)) != 0) {
      int last = decoder.end(response.length);
      if (field == 1) {
        decoder.pod(last, out);
      }
      decoder.at = last;
    }
    return out.build();
  }

  /** PodResources: name 1, namespace 2, containers 3. They may come in any order. */
  private void pod(int end, PodAllocations.Builder out) throws IOException {
    int start = at;
    String name = "";
    String namespace = "";
    int field;
    while ((field = next(end)) != 0) {
      int last = end(end);
      if (field == 1) {
        name = text(last);
      } else if (field == 2) {
        namespace = text(last);
      }
      at = last;
    }
    at = start;
    while ((field = next(end)) != 0) {
      int last = end(end);
      if (field == 3) {
        container(last, namespace, name, out);
      }
      at = last;
    }
  }

  /** ContainerResources: name 1, devices 2. */
  private void container(int end, String namespace, String pod, PodAllocations.Builder out)
      throws IOException {
    int start = at;
    String name = "";
    int field;
    while ((field = next(end)) != 0) {
      int last = end(end);
      if (field == 1) {
        name = text(last);
      }
      at = last;
    }
    at = start;
    while ((field = next(end)) != 0) {
      int last = end(end);
      if (field == 2) {
        devices(last, namespace, pod, name, out);
      }
      at = last;
    }
  }

  /** ContainerDevices: resource_name 1, device_ids 2 (repeated). */
  private void devices(
      int end, String namespace, String pod, String container, PodAllocations.Builder out)
      throws IOException {
    int start = at;
    String resource = "";
    int field;
    while ((field = next(end)) != 0) {
      int last = end(end);
      if (field == 1) {
        resource = text(last);
      }
      at = last;
    }
    at = start;
    while ((field = next(end)) != 0) {
      int last = end(end);
      if (field == 2) {
        String id = text(last);
        out.add(resource, id, namespace, pod, container);
      }
      at = last;
    }
  }

  // ---- protobuf

  /** The number of the next length-delimited field before {@code end}, or 0 at the end. */
  private int next(int end) throws IOException {
    while (at < end) {
      long tag = varint(end);
      int wire = (int) tag & 7;
      if (wire == LENGTH_DELIMITED) {
        return (int) (tag >>> 3);
      }
      if (wire == 0) {
        varint(end);
      } else if (wire == 1 || wire == 5) {
        at += wire == 1 ? 8 : 4;
      } else {
        throw malformed();
      }
    }
    if (at > end) {
      throw malformed();
    }
    return 0;
  }

  /** Reads the length of the field at hand. Returns where it ends. */
  private int end(int limit) throws IOException {
    long length = varint(limit);
    if (length < 0 || length > limit - at) {
      throw malformed();
    }
    return at + (int) length;
  }

  private String text(int end) {
    return new String(bytes, at, end - at, StandardCharsets.UTF_8);
  }

  private long varint(int end) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at >= end) {
        throw malformed();
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw malformed();
  }

  private static IOException malformed() {
    return new IOException("not a list of pod resources");
  }
}
