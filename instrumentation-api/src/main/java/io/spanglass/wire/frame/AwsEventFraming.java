/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * AWS's event streams: messages with a length, headers and a payload, which is the frame. Their
 * checksums are not looked at: who reads the stream does. See
 * https://smithy.io/2.0/aws/amazon-eventstream.html.
 */
public final class AwsEventFraming implements Framing {
  private static final int PRELUDE = 12;
  private static final int CHECKSUM = 4;

  /** As the specification has it; what says more is no event stream. */
  private static final int MAX_HEADERS = 128 * 1024;

  private static final int MAX_MESSAGE = 24 * 1024 * 1024;

  private static final int STRING = 7;

  /** How long values are by their type; -1 where two bytes before them say it. */
  private static final int[] VALUE_LENGTHS = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

  private static final byte[] EXCEPTION_TYPE = ":exception-type".getBytes(US_ASCII);
  private static final byte[] ERROR_CODE = ":error-code".getBytes(US_ASCII);

  private static final int IN_PRELUDE = 0;
  private static final int NAME_LENGTH = 1;
  private static final int NAME = 2;
  private static final int TYPE = 3;
  private static final int VALUE_LENGTH = 4;
  private static final int VALUE = 5;
  private static final int PAYLOAD = 6;
  private static final int TRAILER = 7;
  private static final int BROKEN = 8;

  private final FrameHandler handler;
  private final byte[] prelude = new byte[PRELUDE];

  /** The name of a header and then, if it is one that matters, its value. */
  private final byte[] text = new byte[64];

  private int state = IN_PRELUDE;

  /** How many bytes of what the state says were read. */
  private int read;

  private int headersLeft;
  private int payloadLeft;
  private int length;
  private boolean namesFailure;
  private boolean stream;
  private boolean open;

  public AwsEventFraming(FrameHandler handler) {
    this.handler = handler;
  }

  public static boolean isTypeOf(@Nullable String contentType) {
    return contentType != null
        && contentType.toLowerCase(Locale.ROOT).startsWith("application/vnd.amazon.eventstream");
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      switch (state) {
        case IN_PRELUDE:
          prelude[read++] = bytes[at++];
          if (read == PRELUDE) {
            onPrelude();
          }
          break;
        case PAYLOAD:
          int part = Math.min(payloadLeft, end - at);
          handler.onFrameBytes(bytes, at, part);
          at += part;
          payloadLeft -= part;
          if (payloadLeft == 0) {
            open = false;
            handler.onFrameEnd();
            enter(TRAILER);
          }
          break;
        case TRAILER:
          at++;
          read++;
          if (read == CHECKSUM) {
            enter(IN_PRELUDE);
          }
          break;
        case BROKEN:
          return;
        default:
          onHeaderByte(bytes[at++] & 0xff);
          headersLeft--;
          if (headersLeft == 0) {
            onHeadersEnd();
          }
          break;
      }
    }
  }

  private void enter(int next) {
    state = next;
    read = 0;
  }

  private void onPrelude() {
    int total = number(0);
    headersLeft = number(4);
    if (total < 0
        || total > MAX_MESSAGE
        || headersLeft < 0
        || headersLeft > MAX_HEADERS
        || total < PRELUDE + headersLeft + CHECKSUM) {
      enter(BROKEN);
      return;
    }
    payloadLeft = total - PRELUDE - headersLeft - CHECKSUM;
    if (!stream) {
      stream = true;
      handler.onStream();
    }
    if (headersLeft == 0) {
      onHeadersEnd();
    } else {
      enter(NAME_LENGTH);
    }
  }

  private int number(int at) {
    return prelude[at] << 24
        | (prelude[at + 1] & 0xff) << 16
        | (prelude[at + 2] & 0xff) << 8
        | (prelude[at + 3] & 0xff);
  }

  private void onHeaderByte(int b) {
    switch (state) {
      case NAME_LENGTH:
        length = b;
        enter(b == 0 ? TYPE : NAME);
        break;
      case NAME:
        keep(b);
        if (read == length) {
          namesFailure = isText(EXCEPTION_TYPE) || isText(ERROR_CODE);
          enter(TYPE);
        }
        break;
      case TYPE:
        namesFailure &= b == STRING;
        length = b < VALUE_LENGTHS.length ? VALUE_LENGTHS[b] : 0;
        enter(length < 0 ? VALUE_LENGTH : length == 0 ? NAME_LENGTH : VALUE);
        if (b >= VALUE_LENGTHS.length) {
          // How long its value is nobody knows: the rest of the headers is passed over.
          length = Integer.MAX_VALUE;
          enter(VALUE);
        }
        break;
      case VALUE_LENGTH:
        length = read == 0 ? b << 8 : length | b;
        read++;
        if (read == 2) {
          enter(length == 0 ? NAME_LENGTH : VALUE);
        }
        break;
      default:
        keep(b);
        if (read == length) {
          if (namesFailure && length <= text.length) {
            handler.onFailureNamed(new String(text, 0, length, US_ASCII));
          }
          enter(NAME_LENGTH);
        }
        break;
    }
  }

  private void keep(int b) {
    if (read < text.length) {
      text[read] = (byte) b;
    }
    read++;
  }

  private boolean isText(byte[] ascii) {
    return length == ascii.length && Arrays.equals(text, 0, length, ascii, 0, length);
  }

  private void onHeadersEnd() {
    if (payloadLeft == 0) {
      enter(TRAILER);
    } else {
      open = true;
      handler.onFrameStart();
      enter(PAYLOAD);
    }
  }

  @Override
  public void onEnd() {
    if (open) {
      open = false;
      handler.onFrameEnd();
    }
  }
}
