/* Works on the quantized DCT coefficients of a JPEG photo: reads them from entropy-coded scans, makes
   them coarser, counts and writes them. References are to sections of ITU-T Recommendation T.81.

   Nothing is allocated and nothing is kept between calls; the caller owns all memory. It has parsed
   and checked every header; what is checked here again is whatever a read or a write is bounded by.
   A block is 64 coefficients in zigzag order. Every machine makes the same bytes: floating point is
   used without contraction, and in the same order by every kind of vector. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

enum { KERNEL_VERSION = 1 };

enum { TRUNCATED = -1, BROKEN = -2, UNUSUAL = -3, NO_SPACE = -4, BAD_CALL = -5 };

enum {
    MOST_COMPONENTS = 3,
    MOST_BANDS = 5,
    MOST_BLOCKS_IN_MCU = 10, /* B.2.3 */
    LARGEST = 2047,          /* a coefficient of 8-bit samples has 11 bits, F.1.2 */
    LARGEST_IN_QUARTERS = 8191,
    MOST_DC_BITS = 11, /* table F.1 */
    MOST_AC_BITS = 10, /* table F.2 */
    SKIP_16 = 0xF0,    /* ZRL: sixteen zeros */
    MOST_END_RUN = 0x7FFF,
};

typedef struct {
    int16_t *blocks;
    int64_t row_stride;                /* coefficients from one row of blocks to the next */
    int32_t columns, rows;             /* of blocks, whole MCUs */
    int32_t coded_columns, coded_rows; /* what a scan of this component alone holds, A.2.2 */
    int32_t horizontal, vertical;      /* sampling factors */
} Plane;

typedef struct {
    uint8_t counts[17]; /* of codes, by length; the first is not used */
    uint8_t symbols[256];
} HuffmanTable;

typedef struct {
    uint16_t codes[256];
    uint8_t lengths[256];
} HuffmanCode;

typedef struct {
    int32_t first, last; /* in zigzag order; 0 and 0 are the DC coefficient alone */
} Band;

INLINE int16_t *block_at(const Plane *plane, int64_t row, int64_t column)
{
    return plane->blocks + row * plane->row_stride + column * 64;
}

static bool plane_is_sound(const Plane *plane)
{
    return plane->blocks && plane->columns > 0 && plane->rows > 0 && plane->coded_columns > 0 &&
           plane->coded_rows > 0 && plane->coded_columns <= plane->columns &&
           plane->coded_rows <= plane->rows && plane->horizontal >= 1 && plane->horizontal <= 4 &&
           plane->vertical >= 1 && plane->vertical <= 4 &&
           plane->row_stride >= (int64_t)plane->columns * 64;
}

static bool band_is_sound(const Band *band)
{
    if (band->first == 0)
        return band->last == 0;
    return band->first >= 1 && band->first <= band->last && band->last <= 63;
}

INLINE int16_t within(int value, int limit)
{
    return (int16_t)(value > limit ? limit : value < -limit ? -limit : value);
}

INLINE int magnitude_of(int value)
{
    return value < 0 ? -value : value;
}

/* How many bits a magnitude has: its category in F.1.2. */
INLINE int size_of(int magnitude)
{
    return magnitude ? 32 - __builtin_clz((unsigned)magnitude) : 0;
}

INLINE uint64_t mask_of(const Band *band)
{
    return (~0ull >> (63 - band->last)) & (~0ull << band->first);
}

/* Bit k is set where coefficient k is not zero. */
INLINE uint64_t nonzero(const int16_t *block)
{
    uint64_t mask = 0;
#if defined(__x86_64__)
    const __m128i zero = _mm_setzero_si128();
    for (int k = 0; k < 64; k += 16) {
        __m128i low = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)(block + k)), zero);
        __m128i high = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)(block + k + 8)), zero);
        uint32_t zeros = (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high));
        mask |= (uint64_t)(~zeros & 0xFFFF) << k;
    }
#elif defined(__aarch64__)
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    for (int k = 0; k < 64; k += 16) {
        int16x8_t low = vld1q_s16(block + k), high = vld1q_s16(block + k + 8);
        uint8x16_t set = vcombine_u8(vmovn_u16(vtstq_s16(low, low)), vmovn_u16(vtstq_s16(high, high)));
        uint8x16_t bits = vandq_u8(set, vld1q_u8(weights));
        mask |= (uint64_t)(vaddv_u8(vget_low_u8(bits)) | vaddv_u8(vget_high_u8(bits)) << 8) << k;
    }
#else
    for (int k = 0; k < 64; k++)
        mask |= (uint64_t)(block[k] != 0) << k;
#endif
    return mask;
}

/* ------------------------------------------------------------------------------------------------
   Which vectors this machine has. Asked once by the caller, who hands the answer to what uses it.
   Each such function is one body compiled twice. */

enum { PLAIN, AVX2 };

#ifndef KERNEL_SOURCE
#define KERNEL_SOURCE 0
#endif

/* The CRC-32 of this file when it was compiled. */
EXPORT uint32_t kernel_source(void)
{
    return KERNEL_SOURCE;
}

EXPORT int32_t kernel_version(void)
{
    return KERNEL_VERSION;
}

EXPORT int32_t kernel_vectors(void)
{
#if defined(__x86_64__)
    enum { OS_SAVES = 1 << 27, AVX = 1 << 28, YMM_SAVED = 6, LZCNT = 1 << 5 };
    enum { BMI1 = 1 << 3, AVX2_OF_LEAF_7 = 1 << 5, BMI2 = 1 << 8 };
    const unsigned needed = BMI1 | AVX2_OF_LEAF_7 | BMI2;
    unsigned a, b, c, d, saved, unused;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OS_SAVES) || !(c & AVX))
        return PLAIN;
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(unused) : "c"(0));
    if ((saved & YMM_SAVED) != YMM_SAVED || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return PLAIN;
    if ((b & needed) != needed || !__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & LZCNT))
        return PLAIN;
    return AVX2;
#else
    return PLAIN;
#endif
}

#if defined(__x86_64__)
#define TWICE(type, name, parameters, arguments)                                                     \
    __attribute__((target("avx2,bmi,bmi2,lzcnt"))) static type name##_avx2 parameters { return name arguments; }    \
    static type name##_plain parameters { return name arguments; }
#define CHOOSE(vectors, name, arguments)                                                             \
    ((vectors) == AVX2 ? name##_avx2 arguments : name##_plain arguments)
#else
#define TWICE(type, name, parameters, arguments)                                                     \
    static type name##_plain parameters { return name arguments; }
#define CHOOSE(vectors, name, arguments) ((void)(vectors), name##_plain arguments)
#endif

/* ------------------------------------------------------------------------------------------------
   Reading bits: chunks of the scan without their stuffed zeros, then up to 64 bits in a register. */

enum {
    CHUNK = 1 << 14,
    MOST_BLOCK_BYTES = 512, /* the longest block: 64 codes of 16 bits and 11 more bits each */
};

typedef struct {
    uint64_t window; /* the next bits, from the top down; the lowest 64 - count may be there twice */
    int count;
    const uint8_t *next;
} Bits;

typedef struct {
    Bits bits;
    const uint8_t *source, *end;
    const uint8_t *filled; /* the end of what is in the chunk; zeros follow */
    const uint8_t *safe;   /* up to here a block may be read without asking */
    bool at_marker;        /* or at the end of the data: the chunk will get no more */
    uint8_t chunk[CHUNK + MOST_BLOCK_BYTES];
} Reader;

/* Move what is left to the front and fill up, leaving out stuffed zeros and fill bytes, B.1.1. */
static void fill(Reader *reader)
{
    size_t left = (size_t)(reader->filled - reader->bits.next);
    memmove(reader->chunk, reader->bits.next, left);
    uint8_t *to = reader->chunk + left;
    const uint8_t *const full = reader->chunk + CHUNK;
    while (to < full && !reader->at_marker) {
        size_t room = (size_t)(full - to), rest = (size_t)(reader->end - reader->source);
        size_t length = room < rest ? room : rest;
        const uint8_t *mark = length ? memchr(reader->source, 0xFF, length) : NULL;
        if (mark)
            length = (size_t)(mark - reader->source);
        memcpy(to, reader->source, length);
        to += length;
        reader->source += length;
        rest -= length;
        if (!mark) {
            reader->at_marker = rest == 0;
        } else if (rest < 2) {
            reader->at_marker = true;
        } else if (mark[1] == 0) {
            *to++ = 0xFF;
            reader->source += 2;
        } else if (mark[1] == 0xFF) {
            reader->source++;
        } else {
            reader->at_marker = true;
        }
    }
    memset(to, 0, MOST_BLOCK_BYTES);
    reader->filled = to;
    reader->safe = reader->at_marker ? to : to - MOST_BLOCK_BYTES;
    reader->bits.next = reader->chunk;
}

static void start_interval(Reader *reader)
{
    reader->at_marker = false;
    reader->filled = reader->chunk;
    reader->bits = (Bits){0, 0, reader->chunk};
    fill(reader);
}

/* The first byte of the chunk of which no bit has been used. */
INLINE const uint8_t *unused(const Reader *reader)
{
    return reader->bits.next - (reader->bits.count >> 3);
}

/* Where a block starts past what is safe: fill up, or say that the data has ended. */
static int go_on(Reader *reader)
{
    if (!reader->at_marker)
        fill(reader);
    if (reader->at_marker && unused(reader) > reader->filled)
        return reader->source + 1 < reader->end ? BROKEN : TRUNCATED;
    return 0;
}

/* An interval has to end where its data ends, but for the bits that fill its last byte, F.1.2.3. */
static int end_interval(Reader *reader)
{
    int status = go_on(reader);
    if (status)
        return status;
    return reader->at_marker && unused(reader) == reader->filled ? 0 : BROKEN;
}

INLINE void refill(Bits *bits)
{
    uint64_t eight;
    memcpy(&eight, bits->next, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    eight = __builtin_bswap64(eight);
#endif
    bits->window |= eight >> bits->count;
    bits->next += (63 - bits->count) >> 3;
    bits->count |= 56;
}

INLINE void drop(Bits *bits, int count)
{
    bits->window <<= count;
    bits->count -= count;
}

INLINE int take(Bits *bits, int count) /* 1 to 16 */
{
    int value = (int)(bits->window >> (64 - count));
    drop(bits, count);
    return value;
}

/* RECEIVE and EXTEND, F.2.2.1. */
INLINE int take_signed(Bits *bits, int size) /* 1 to 15 */
{
    int value = take(bits, size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

/* ------------------------------------------------------------------------------------------------
   Huffman decoding. The table is looked at with the next 11 bits. Where they start with a whole code,
   the entry tells its symbol, and how many bits it and its value have. */

enum { LOOKUP_BITS = 11 };

typedef struct {
    uint8_t length; /* of the code and its value; 0: the code is longer than what was looked at */
    uint8_t code_length;
    uint8_t run, size; /* zeros before the value, its bits: the halves of the symbol */
} Entry;

typedef struct {
    Entry lookup[1 << LOOKUP_BITS];
    int32_t largest[17]; /* the largest code of a length, or -1 */
    int32_t offset[17];  /* from a code of a length to the place of its symbol */
    uint8_t symbols[256];
} Decoder;

/* Annex C. */
static int prepare(Decoder *decoder, const HuffmanTable *table)
{
    int code = 0, place = 0;
    memset(decoder, 0, sizeof *decoder);
    memcpy(decoder->symbols, table->symbols, sizeof decoder->symbols);
    for (int length = 1; length <= 16; length++, code <<= 1) {
        decoder->offset[length] = place - code;
        for (int i = 0; i < table->counts[length]; i++, place++, code++) {
            if (place > 255 || code >= 1 << length)
                return BROKEN;
            if (length > LOOKUP_BITS)
                continue;
            const int run = table->symbols[place] >> 4, size = table->symbols[place] & 15;
            const Entry entry = {(uint8_t)(length + size), (uint8_t)length, (uint8_t)run,
                                 (uint8_t)size};
            int from = code << (LOOKUP_BITS - length), to = (code + 1) << (LOOKUP_BITS - length);
            for (int index = from; index < to; index++)
                decoder->lookup[index] = entry;
        }
        decoder->largest[length] = table->counts[length] ? code - 1 : -1;
    }
    return 0;
}

/* DECODE, F.2.2.3, where the code is longer than what was looked at. */
static Entry long_entry(const Decoder *decoder, uint64_t window)
{
    for (int length = LOOKUP_BITS + 1; length <= 16; length++) {
        int code = (int)(window >> (64 - length));
        if (code <= decoder->largest[length]) {
            int symbol = decoder->symbols[(decoder->offset[length] + code) & 255];
            return (Entry){(uint8_t)(length + (symbol & 15)), (uint8_t)length, (uint8_t)(symbol >> 4),
                           (uint8_t)(symbol & 15)};
        }
    }
    return (Entry){0, 0, 0, 0};
}

/* The next code; its length is 0 where there is none. */
INLINE Entry look_up(const Decoder *decoder, const Bits *bits)
{
    Entry entry = decoder->lookup[bits->window >> (64 - LOOKUP_BITS)];
    return UNLIKELY(entry.length == 0) ? long_entry(decoder, bits->window) : entry;
}

/* RECEIVE and EXTEND, F.2.2.1: the value after a code, of 1 to 15 bits. Both are dropped. */
INLINE int take_value(Bits *bits, Entry entry)
{
    const uint64_t rest = bits->window << entry.code_length;
    const int size = entry.size, least = 1 - (1 << size);
    drop(bits, entry.length);
    return (int)(rest >> (64 - size)) + (least & ((int)(rest >> 63) - 1));
}

/* A symbol alone, without its value. Returns BROKEN where there is none. */
INLINE int take_symbol(const Decoder *decoder, Bits *bits)
{
    Entry entry = look_up(decoder, bits);
    drop(bits, entry.code_length);
    return UNLIKELY(entry.length == 0) ? BROKEN : entry.run << 4 | entry.size;
}

/* ------------------------------------------------------------------------------------------------
   Decoding scans. */

typedef struct {
    int32_t count;          /* of components */
    int32_t components[3];  /* which planes */
    int32_t dc_tables[3], ac_tables[3]; /* 0 to 3 */
    int32_t first, last, high, low;     /* Ss, Se, Ah, Al of B.2.3 */
    int32_t restart_interval;           /* in MCUs; 0: none */
    int32_t progressive;
} Scan;

typedef struct {
    Reader reader;
    int32_t prediction[MOST_COMPONENTS];
    int32_t end_run; /* how many blocks more have nothing in this band */
    const Decoder *dc[MOST_COMPONENTS], *ac[MOST_COMPONENTS];
} Decoding;

/* The DC coefficient: its difference from the last one, F.2.2.1. */
INLINE int take_dc(const Decoder *decoder, Bits *bits, int32_t *prediction)
{
    const Entry entry = look_up(decoder, bits);
    if (UNLIKELY(entry.length == 0))
        return BROKEN;
    if (UNLIKELY(entry.run || entry.size > MOST_DC_BITS))
        return UNUSUAL;
    if (entry.size)
        *prediction += take_value(bits, entry);
    else
        drop(bits, entry.length);
    return UNLIKELY(magnitude_of(*prediction) > LARGEST) ? UNUSUAL : 0;
}

/* A code and its value: moves `k` behind it. Returns 1, 0 at the end of the block, or an error. */
INLINE int take_coefficient(const Decoder *decoder, Bits *bits, int16_t *block, int *k)
{
    const Entry entry = look_up(decoder, bits);
    const int at = *k + entry.run;
    *k = at + 1;
    if (__builtin_expect(entry.size != 0, 1)) {
        if (UNLIKELY(at > 63))
            return BROKEN;
        if (UNLIKELY(entry.size > MOST_AC_BITS))
            return UNUSUAL;
        block[at] = (int16_t)take_value(bits, entry);
        return 1;
    }
    if (UNLIKELY(entry.length == 0))
        return BROKEN;
    drop(bits, entry.length);
    return entry.run == 15;
}

/* F.2.2: the one scan of a sequential picture, or one of several. */
INLINE int decode_block(Decoding *decoding, int component, int16_t *block)
{
    const Decoder *decoder = decoding->ac[component];
    Bits bits = decoding->reader.bits;
    refill(&bits);
    int status = take_dc(decoding->dc[component], &bits, &decoding->prediction[component]);
    if (UNLIKELY(status))
        return status;
    block[0] = (int16_t)decoding->prediction[component];
    for (int k = 1; k < 64;) {
        refill(&bits); /* for two codes of 16 bits with values of 10 */
        if ((status = take_coefficient(decoder, &bits, block, &k)) <= 0)
            break;
        if (k < 64 && (status = take_coefficient(decoder, &bits, block, &k)) <= 0)
            break;
    }
    decoding->reader.bits = bits;
    return UNLIKELY(status < 0) ? status : 0;
}

/* G.1.2.1 */
static int decode_dc_first(Decoding *decoding, int component, int16_t *block, const Scan *scan)
{
    Bits *bits = &decoding->reader.bits;
    int32_t *prediction = &decoding->prediction[component];
    refill(bits);
    int status = take_dc(decoding->dc[component], bits, prediction);
    int value = *prediction * (1 << scan->low);
    block[0] = within(value, LARGEST);
    return status ? status : block[0] == value ? 0 : UNUSUAL;
}

/* G.1.2.1 */
static int decode_dc_again(Decoding *decoding, int16_t *block, const Scan *scan)
{
    Bits *bits = &decoding->reader.bits;
    refill(bits);
    if (take(bits, 1))
        block[0] |= (int16_t)(1 << scan->low);
    return 0;
}

/* EOBn, G.1.2.2: how many blocks end here, this one included. */
INLINE int take_end_run(Bits *bits, int size)
{
    return (1 << size) + (size ? take(bits, size) : 0);
}

/* G.1.2.2 */
static int decode_ac_first(Decoding *decoding, int component, int16_t *block, const Scan *scan)
{
    const Decoder *decoder = decoding->ac[component];
    Bits bits = decoding->reader.bits;
    if (decoding->end_run) {
        decoding->end_run--;
        return 0;
    }
    for (int k = scan->first; k <= scan->last; k++) {
        refill(&bits);
        int symbol = take_symbol(decoder, &bits);
        if (UNLIKELY(symbol < 0))
            return symbol;
        int run = symbol >> 4, size = symbol & 15;
        if (size == 0 && run < 15) {
            decoding->end_run = take_end_run(&bits, run) - 1;
            break;
        }
        k += run;
        if (size == 0)
            continue;
        if (UNLIKELY(k > scan->last))
            return BROKEN;
        if (UNLIKELY(size + scan->low > MOST_AC_BITS))
            return UNUSUAL;
        block[k] = (int16_t)(take_signed(&bits, size) * (1 << scan->low));
    }
    decoding->reader.bits = bits;
    return 0;
}

/* A coefficient that is not zero gets its next bit. */
INLINE void correct(int16_t *coefficient, Bits *bits, int bit)
{
    if (bits->count < 1)
        refill(bits);
    if (take(bits, 1) && !(*coefficient & bit))
        *coefficient = (int16_t)(*coefficient + (*coefficient < 0 ? -bit : bit));
}

/* G.1.2.3 */
static int decode_ac_again(Decoding *decoding, int component, int16_t *block, const Scan *scan)
{
    const Decoder *decoder = decoding->ac[component];
    Bits bits = decoding->reader.bits;
    const int bit = 1 << scan->low;
    int k = scan->first;
    for (; k <= scan->last && !decoding->end_run; k++) {
        refill(&bits);
        int symbol = take_symbol(decoder, &bits);
        if (UNLIKELY(symbol < 0))
            return symbol;
        int run = symbol >> 4, size = symbol & 15, value = 0;
        if (size > 1)
            return BROKEN;
        if (size == 0 && run < 15) {
            decoding->end_run = take_end_run(&bits, run);
            break;
        }
        if (size)
            value = take(&bits, 1) ? bit : -bit;
        for (; k <= scan->last; k++) {
            if (block[k])
                correct(block + k, &bits, bit);
            else if (run-- == 0)
                break;
        }
        if (value) {
            if (UNLIKELY(k > scan->last))
                return BROKEN;
            block[k] = (int16_t)value;
        }
    }
    if (decoding->end_run) {
        for (; k <= scan->last; k++)
            if (block[k])
                correct(block + k, &bits, bit);
        decoding->end_run--;
    }
    decoding->reader.bits = bits;
    return 0;
}

INLINE int decode_any_block(Decoding *decoding, int component, int16_t *block, const Scan *scan)
{
    Reader *reader = &decoding->reader;
    int status = reader->bits.next > reader->safe ? go_on(reader) : 0;
    if (UNLIKELY(status))
        return status;
    if (!scan->progressive)
        return decode_block(decoding, component, block);
    if (scan->first == 0)
        return scan->high == 0 ? decode_dc_first(decoding, component, block, scan)
                               : decode_dc_again(decoding, block, scan);
    return scan->high == 0 ? decode_ac_first(decoding, component, block, scan)
                           : decode_ac_again(decoding, component, block, scan);
}

/* How many MCUs a scan of these planes has: one block each where there is one plane, A.2. */
static void count_mcus(const Plane *const *planes, int count, int32_t *columns, int32_t *rows)
{
    const Plane *plane = planes[0];
    *columns = count == 1 ? plane->coded_columns : plane->columns / plane->horizontal;
    *rows = count == 1 ? plane->coded_rows : plane->rows / plane->vertical;
}

/* Every plane is there and holds as many MCUs as the first. */
static bool planes_are_sound(const Plane *const *planes, int count)
{
    int32_t columns, rows, blocks = 0;
    if (count < 1 || count > MOST_COMPONENTS)
        return false;
    for (int i = 0; i < count; i++)
        if (!plane_is_sound(planes[i]))
            return false;
    count_mcus(planes, count, &columns, &rows);
    for (int i = 0; count > 1 && i < count; i++) {
        blocks += planes[i]->horizontal * planes[i]->vertical;
        if (planes[i]->columns != (int64_t)columns * planes[i]->horizontal ||
            planes[i]->rows != (int64_t)rows * planes[i]->vertical)
            return false;
    }
    return blocks <= MOST_BLOCKS_IN_MCU;
}

static bool scan_is_sound(const Scan *scan)
{
    if (scan->count < 1 || scan->count > MOST_COMPONENTS || scan->restart_interval < 0)
        return false;
    for (int i = 0; i < scan->count; i++)
        if (scan->components[i] < 0 || scan->components[i] >= MOST_COMPONENTS ||
            scan->dc_tables[i] < 0 || scan->dc_tables[i] > 3 || scan->ac_tables[i] < 0 ||
            scan->ac_tables[i] > 3)
            return false;
    if (!scan->progressive)
        return true;
    return scan->low >= 0 && scan->low <= 13 && scan->high >= 0 && scan->first >= 0 &&
           scan->first <= scan->last && scan->last <= 63 &&
           (scan->first > 0 ? scan->count == 1 : scan->last == 0);
}

INLINE int decode_mcu(Decoding *decoding, const Scan *scan, const Plane *const *planes, int64_t row,
                      int64_t column)
{
    if (scan->count == 1)
        return decode_any_block(decoding, 0, block_at(planes[0], row, column), scan);
    for (int i = 0; i < scan->count; i++) {
        const Plane *plane = planes[i];
        for (int v = 0; v < plane->vertical; v++)
            for (int h = 0; h < plane->horizontal; h++) {
                int16_t *block = block_at(plane, row * plane->vertical + v,
                                          column * plane->horizontal + h);
                int status = decode_any_block(decoding, i, block, scan);
                if (UNLIKELY(status))
                    return status;
            }
    }
    return 0;
}

INLINE int decode_intervals(Decoding *decoding, const Scan *scan, const Plane *const *planes)
{
    Reader *reader = &decoding->reader;
    int32_t columns, rows, restarts = 0;
    count_mcus(planes, scan->count, &columns, &rows);
    int64_t left = scan->restart_interval;
    start_interval(reader);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++) {
            if (scan->restart_interval && left-- == 0) {
                int status = end_interval(reader);
                if (status)
                    return status;
                if (reader->source + 1 >= reader->end)
                    return TRUNCATED;
                if (reader->source[1] != 0xD0 + (restarts++ & 7)) /* RSTm, E.2.4 */
                    return BROKEN;
                reader->source += 2;
                memset(decoding->prediction, 0, sizeof decoding->prediction);
                decoding->end_run = 0;
                left = scan->restart_interval - 1;
                start_interval(reader);
            }
            int status = decode_mcu(decoding, scan, planes, row, column);
            if (UNLIKELY(status))
                return status;
        }
    return end_interval(reader);
}

TWICE(int, decode_intervals, (Decoding *decoding, const Scan *scan, const Plane *const *planes),
      (decoding, scan, planes))

/* Decode one scan into its planes, which hold zeros or what former scans gave. `data` starts after
   the scan's header; `tables` are four for DC and four for AC, as the scan finds them. Returns how
   many bytes the scan has, up to the marker that ends it, or an error. */
EXPORT int64_t kernel_decode_scan(const uint8_t *data, int64_t size, const Plane *all,
                                  const Scan *scan, const HuffmanTable *tables, int32_t vectors)
{
    Decoding decoding;
    Decoder decoders[8];
    const Plane *planes[MOST_COMPONENTS];
    if (!data || size < 0 || !scan_is_sound(scan))
        return BAD_CALL;
    bool has_dc = !scan->progressive || (scan->first == 0 && scan->high == 0);
    bool has_ac = !scan->progressive || scan->first > 0;
    uint32_t prepared = 0;
    for (int i = 0; i < scan->count; i++) {
        planes[i] = &all[scan->components[i]];
        decoding.dc[i] = &decoders[scan->dc_tables[i]];
        decoding.ac[i] = &decoders[4 + scan->ac_tables[i]];
        uint32_t needed = (has_dc ? 1u << scan->dc_tables[i] : 0) | (has_ac ? 16u << scan->ac_tables[i] : 0);
        for (uint32_t left = needed & ~prepared; left; left &= left - 1)
            if (prepare(&decoders[__builtin_ctz(left)], &tables[__builtin_ctz(left)]))
                return BROKEN;
        prepared |= needed;
    }
    if (!planes_are_sound(planes, scan->count))
        return BAD_CALL;
    memset(decoding.prediction, 0, sizeof decoding.prediction);
    decoding.end_run = 0;
    decoding.reader.source = data;
    decoding.reader.end = data + size;
    int status = CHOOSE(vectors, decode_intervals, (&decoding, scan, planes));
    return status ? status : decoding.reader.source - data;
}

static void fill_with_dc(int16_t *block, const int16_t *neighbour)
{
    memset(block, 0, 64 * sizeof *block);
    block[0] = neighbour[0];
}

/* Blocks that fill up the last MCUs: the DC coefficient of their neighbour and nothing else, which
   costs the fewest bits. Nobody sees them. */
EXPORT int32_t kernel_pad(const Plane *plane)
{
    if (!plane_is_sound(plane))
        return BAD_CALL;
    for (int32_t row = 0; row < plane->coded_rows; row++)
        for (int32_t column = plane->coded_columns; column < plane->columns; column++)
            fill_with_dc(block_at(plane, row, column), block_at(plane, row, column - 1));
    for (int32_t row = plane->coded_rows; row < plane->rows; row++)
        for (int32_t column = 0; column < plane->columns; column++)
            fill_with_dc(block_at(plane, row, column), block_at(plane, row - 1, column));
    return 0;
}

/* ------------------------------------------------------------------------------------------------
   Requantization: from the steps the blocks have to coarser ones. */

enum { DROP_NOTHING, DROP_GREEDILY, DROP_BY_TRELLIS };

typedef struct {
    uint16_t multipliers[64]; /* 65536 * source step / step */
    uint16_t rounding[64];    /* 65536 * what is added before the fraction goes */
    float ratio[64];          /* source step / step */
    float weight[64];         /* of a squared error, in units of the step */
    float price;              /* of a bit, in the same unit */
    int32_t dropping;
    int32_t band_count;
    Band bands[MOST_BANDS];
    uint8_t lengths[MOST_BANDS][256]; /* of the codes of symbols; of symbol 0: what an end costs */
} Requantization;

static bool requantization_is_sound(const Requantization *to)
{
    if (to->band_count < 0 || to->band_count > MOST_BANDS)
        return false;
    for (int i = 0; i < to->band_count; i++)
        if (!band_is_sound(&to->bands[i]) || to->bands[i].first == 0)
            return false;
    return true;
}

INLINE int16_t quantize(int16_t value, uint16_t multiplier, uint16_t rounding)
{
    int16_t sign = value >> 15;
    uint16_t magnitude = (uint16_t)((value ^ sign) - sign);
    uint32_t product = (uint32_t)magnitude * multiplier;
    uint16_t low = (uint16_t)product, high = (uint16_t)(product >> 16);
    high = (uint16_t)(high + ((uint16_t)(low + rounding) < low));
    return (int16_t)((high ^ sign) - sign);
}

/* What the symbol of a coefficient costs, its own bits included. */
INLINE int bits_of(const uint8_t *lengths, int run, int size)
{
    return lengths[(run & 15) << 4 | size] + size + (run >> 4) * lengths[SKIP_16];
}

/* Make coefficients smaller by one, from the last to the first, where that saves a bit of the value
   (1 becomes 0, 2 becomes 1, 4 becomes 3) and more than the error is worth. */
INLINE void drop_greedily(const int16_t *source, int16_t *block, const Requantization *to,
                          const Band *band, const uint8_t *lengths)
{
    enum { MOST_SAVED = 64 }; /* two codes with their values, and zeros to skip */
    uint64_t left = nonzero(block) & mask_of(band);
    int next = 0, next_size = 0;
    while (left) {
        int k = 63 - __builtin_clzll(left);
        left &= ~(1ull << k);
        int magnitude = magnitude_of(block[k]), size = size_of(magnitude);
        if ((magnitude & (magnitude - 1)) == 0) {
            float exact = (float)magnitude_of(source[k]) * to->ratio[k];
            float before = exact - (float)magnitude, after = before + 1.0f;
            float cost = to->weight[k] * (after * after - before * before);
            if (cost < to->price * MOST_SAVED) {
                int previous = left ? 63 - __builtin_clzll(left) : band->first - 1;
                int run = k - previous - 1, saved = bits_of(lengths, run, size);
                if (magnitude > 1)
                    saved -= bits_of(lengths, run, size - 1);
                else if (next)
                    saved += bits_of(lengths, next - k - 1, next_size) -
                             bits_of(lengths, next - previous - 1, next_size);
                else if (k == band->last)
                    saved -= lengths[0];
                if (cost < to->price * (float)saved) {
                    block[k] = (int16_t)(block[k] < 0 ? 1 - magnitude : magnitude - 1);
                    if (magnitude == 1)
                        continue;
                    size--;
                }
            }
        }
        next = k;
        next_size = size;
    }
}

/* The cheapest way through a band, by error and bits together: each coefficient that is not zero
   stays, is made smaller by one, or goes. A path is extended from every coefficient that may be the
   last one kept before, so zeros between are paid for exactly; those are looked at from the nearest
   one on, until dropping what lies between costs more than the best path found. */
INLINE void drop_by_trellis(const int16_t *source, int16_t *block, const Requantization *to,
                            const Band *band, const uint8_t *lengths)
{
    int place[64], from[64], kept[64], count = 0; /* 0 stands for the start of the band */
    float best[64]; /* the cheapest path that ends here */
    float gone[64]; /* the error if this one goes */
    place[0] = band->first - 1;
    from[0] = kept[0] = 0;
    best[0] = gone[0] = 0.0f;
    for (uint64_t left = nonzero(block) & mask_of(band); left; left &= left - 1) {
        const int k = __builtin_ctzll(left), i = ++count;
        const int magnitude = magnitude_of(block[k]), size = size_of(magnitude);
        const bool may_shrink = magnitude > 1 && (magnitude & (magnitude - 1)) == 0;
        const float exact = (float)magnitude_of(source[k]) * to->ratio[k];
        const float error = exact - (float)magnitude, shrunk = error + 1.0f;
        const float own = to->weight[k] * (error * error);
        const float own_shrunk = to->weight[k] * (shrunk * shrunk);
        place[i] = k;
        gone[i] = to->weight[k] * (exact * exact);
        best[i] = __builtin_inff();
        from[i] = kept[i] = 0;
        float between = 0.0f;
        for (int j = i - 1; j >= 0 && between < best[i]; between += gone[j--]) {
            const int run = k - place[j] - 1;
            float cost = best[j] + between + own + to->price * (float)bits_of(lengths, run, size);
            if (cost < best[i]) {
                best[i] = cost;
                from[i] = j;
                kept[i] = magnitude;
            }
            if (!may_shrink)
                continue;
            cost = best[j] + between + own_shrunk +
                   to->price * (float)bits_of(lengths, run, size - 1);
            if (cost < best[i]) {
                best[i] = cost;
                from[i] = j;
                kept[i] = magnitude - 1;
            }
        }
    }
    int end = 0;
    float least = __builtin_inff(), after = 0.0f;
    for (int i = count; i >= 0 && after < least; after += gone[i--]) {
        float cost = best[i] + after;
        if (place[i] < band->last)
            cost += to->price * (float)lengths[0];
        if (cost < least) {
            least = cost;
            end = i;
        }
    }
    for (int i = count; i > 0; i--) {
        int16_t *coefficient = block + place[i];
        if (i == end) {
            *coefficient = (int16_t)(*coefficient < 0 ? -kept[i] : kept[i]);
            end = from[i];
        } else {
            *coefficient = 0;
        }
    }
}

/* `source` and `block` are different places. */
INLINE void requantize_block(const int16_t *source, int16_t *block, const Requantization *to)
{
    for (int k = 0; k < 64; k++)
        block[k] = quantize(source[k], to->multipliers[k], to->rounding[k]);
    for (int i = 0; i < to->band_count; i++) {
        if (to->dropping == DROP_GREEDILY)
            drop_greedily(source, block, to, &to->bands[i], to->lengths[i]);
        else if (to->dropping == DROP_BY_TRELLIS)
            drop_by_trellis(source, block, to, &to->bands[i], to->lengths[i]);
    }
}

/* ------------------------------------------------------------------------------------------------
   What each step would cost, from a sample of blocks. */

enum { MAGNITUDES = LARGEST_IN_QUARTERS + 1 };

/* A logarithm of our own: a library's may differ in its last bit. Right to six digits. */
static double log2_of(double x) /* at least 1 */
{
    const double two_over_ln2 = 2.8853900817779268;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & ~(0x7FFull << 52)) | 0x3FFull << 52; /* the same mantissa, from 1 to 2 */
    memcpy(&x, &bits, sizeof x);
    double t = (x - 1.0) / (x + 1.0), square = t * t;
    double series = 1.0 + square * (1.0 / 3 + square * (1.0 / 5 + square * (1.0 / 7 +
                    square * (1.0 / 9 + square * (1.0 / 11)))));
    return exponent + two_over_ln2 * t * series;
}

static void count_magnitudes(const Plane *plane, uint32_t *counts, int32_t *largest)
{
    memset(largest, 0, 64 * sizeof *largest);
    for (int32_t row = 0; row < plane->rows; row++)
        for (int32_t column = 0; column < plane->columns; column++) {
            const int16_t *block = block_at(plane, row, column);
            for (uint64_t left = nonzero(block); left; left &= left - 1) {
                int k = __builtin_ctzll(left), magnitude = magnitude_of(block[k]);
                if (magnitude >= MAGNITUDES)
                    magnitude = MAGNITUDES - 1;
                counts[64 * magnitude + k]++;
                if (magnitude > largest[k])
                    largest[k] = magnitude;
            }
        }
}

/* Sums over all coefficients of one frequency that are smaller than a magnitude: how many there are,
   their magnitudes, and the squares of them. */
typedef struct {
    int64_t count, sum, squares;
} Below;

/* `counts` of one frequency are 64 apart; they are zero again afterwards. Returns one more than the
   largest magnitude. */
static int sum_up(uint32_t *counts, int32_t largest, int64_t blocks, Below *below)
{
    int64_t zeros = blocks;
    for (int magnitude = 1; magnitude <= largest; magnitude++)
        zeros -= counts[64 * magnitude];
    below[0] = (Below){0, 0, 0};
    for (int64_t magnitude = 0; magnitude <= largest; magnitude++) {
        int64_t count = magnitude ? counts[64 * magnitude] : zeros;
        counts[64 * magnitude] = 0;
        below[magnitude + 1].count = below[magnitude].count + count;
        below[magnitude + 1].sum = below[magnitude].sum + count * magnitude;
        below[magnitude + 1].squares = below[magnitude].squares + count * magnitude * magnitude;
    }
    return largest + 1;
}

/* The smallest magnitude that becomes `kept`. */
INLINE int first_of(int kept, double ratio, double rounding, int end)
{
    double exact = ((double)kept - rounding) / ratio;
    int magnitude = exact <= 0.0 ? 0 : exact < end ? (int)exact : end;
    return magnitude < end && magnitude < exact ? magnitude + 1 : magnitude;
}

/* The sum of squared errors, in units of the source's step. */
static double error_of(const Below *below, double ratio, double rounding, int end)
{
    double error = 0.0;
    for (int kept = 0, from = 0; from < end; kept++) {
        int to = first_of(kept + 1, ratio, rounding, end);
        double value = kept / ratio;
        double count = (double)(below[to].count - below[from].count);
        double sum = (double)(below[to].sum - below[from].sum);
        error += (double)(below[to].squares - below[from].squares) +
                 value * (value * count - 2.0 * sum);
        from = to;
    }
    return error > 0.0 ? error : 0.0;
}

/* The bits of all values, and those of their sizes by the entropy of sizes. */
static double bits_needed(const Below *below, double ratio, double rounding, int end)
{
    const double blocks = (double)below[end].count;
    double bits = 0.0;
    for (int size = 0, from = 0; from < end; size++) { /* sizes have magnitudes 2^(size-1) and up */
        int to = first_of(1 << size, ratio, rounding, end);
        double count = (double)(below[to].count - below[from].count);
        if (count > 0.0)
            bits += count * (size + log2_of(blocks / count));
        from = to;
    }
    return bits;
}

/* For every frequency and every step: the mean squared error, and the bits by the entropy of sizes.
   `counts` is room for 8192 * 64 counts, all zero before and after, and `below` for 8193 sums; the results are
   64 * `step_count`. */
EXPORT int32_t kernel_measure_steps(const Plane *plane, const float *source_steps, const float *steps,
                                    int32_t step_count, float rounding, uint32_t *counts,
                                    Below *below, float *errors, float *bits)
{
    int32_t largest[64];
    if (!plane_is_sound(plane) || step_count < 0 || !(rounding >= 0.0f && rounding < 1.0f))
        return BAD_CALL;
    count_magnitudes(plane, counts, largest);
    const int64_t blocks = (int64_t)plane->rows * plane->columns;
    for (int k = 0; k < 64; k++) {
        const int end = sum_up(counts + k, largest[k], blocks, below);
        const double square = (double)source_steps[k] * source_steps[k];
        for (int i = 0; i < step_count; i++) {
            const int64_t at = (int64_t)k * step_count + i;
            const double ratio = (double)source_steps[k] / steps[i];
            const bool is_finer = !(ratio > 1e-6 && ratio <= 1.0); /* of no use, or no step at all */
            errors[at] = __builtin_inff();
            bits[at] = 0.0f;
            if (is_finer)
                continue;
            if (first_of(1, ratio, rounding, end) == end) { /* nothing is left */
                errors[at] = (float)(square * (double)below[end].squares / (double)blocks);
                continue;
            }
            errors[at] = (float)(square * error_of(below, ratio, rounding, end) / (double)blocks);
            bits[at] = (float)(bits_needed(below, ratio, rounding, end) / (double)blocks);
        }
    }
    return 0;
}

/* ------------------------------------------------------------------------------------------------
   Huffman codes that fit: code lengths for counted symbols, K.2. */

EXPORT int32_t kernel_fit_code(const uint32_t *counts, HuffmanTable *table, HuffmanCode *code)
{
    enum { RESERVED = 256, SYMBOLS = 257, LONGEST = 63 }; /* so that no code is all ones */
    uint64_t weight[SYMBOLS];
    int length[SYMBOLS], chained[SYMBOLS], of_length[LONGEST + 1] = {0}, used[SYMBOLS], alive = 0;
    for (int i = 0; i < SYMBOLS; i++) {
        weight[i] = i == RESERVED ? 1 : counts[i];
        length[i] = 0;
        chained[i] = -1;
        if (weight[i])
            used[alive++] = i;
    }
    while (alive > 1) { /* figure K.1: join the two rarest, the later ones first */
        int rarest = -1, second = -1;
        for (int i = 0; i < alive; i++)
            if (rarest < 0 || weight[used[i]] <= weight[used[rarest]]) {
                second = rarest;
                rarest = i;
            } else if (second < 0 || weight[used[i]] <= weight[used[second]]) {
                second = i;
            }
        int a = used[rarest], b = used[second];
        weight[a] += weight[b];
        memmove(used + second, used + second + 1, (size_t)(--alive - second) * sizeof *used);
        for (int i = a;; i = chained[i]) {
            length[i]++;
            if (chained[i] < 0) {
                chained[i] = b;
                break;
            }
        }
        for (int i = b; i >= 0; i = chained[i])
            length[i]++;
    }
    for (int i = 0; i < SYMBOLS; i++)
        if (length[i])
            of_length[length[i] > LONGEST ? LONGEST : length[i]]++;
    for (int i = LONGEST; i > 16; i--) /* figure K.3: no code is longer than 16 bits */
        while (of_length[i] > 0) {
            int j = i - 2;
            while (of_length[j] == 0)
                j--;
            of_length[i] -= 2;
            of_length[i - 1]++;
            of_length[j + 1] += 2;
            of_length[j]--;
        }
    int longest = 16;
    while (longest > 0 && of_length[longest] == 0)
        longest--;
    of_length[longest]--; /* the reserved one */

    memset(table, 0, sizeof *table);
    memset(code, 0, sizeof *code);
    int place = 0; /* figure K.4: symbols by length */
    for (int i = 1; i <= LONGEST; i++)
        for (int symbol = 0; symbol < 256; symbol++)
            if (length[symbol] == i)
                table->symbols[place++] = (uint8_t)symbol;
    int next = 0, at = 0; /* annex C */
    for (int i = 1; i <= 16; i++, next <<= 1) {
        table->counts[i] = (uint8_t)of_length[i];
        for (int n = 0; n < of_length[i]; n++, at++, next++) {
            code->lengths[table->symbols[at]] = (uint8_t)i;
            code->codes[table->symbols[at]] = (uint16_t)next;
        }
    }
    return place;
}

/* ------------------------------------------------------------------------------------------------
   Coding. What is counted and what is written comes from one description of the code, so that a
   size that was counted is the size that is written. */

/* Where bits go: into a chunk, without a branch. Zeros are stuffed when the chunk is emptied. */
typedef struct {
    uint8_t *to, *end; /* of the room for the scan */
    uint8_t chunk[CHUNK + MOST_BLOCK_BYTES];
} Output;

/* What takes symbols: counts them, or writes their codes. Held in registers. */
typedef struct {
    uint32_t *counts;
    const HuffmanCode *code;
    uint64_t pending; /* from the top down */
    int count;        /* of bits pending; less than 8 between two codes */
    uint8_t *next;    /* in the chunk */
    bool lacks_code;
} Sink;

static Sink counting(uint32_t *counts)
{
    return (Sink){counts, NULL, 0, 0, NULL, false};
}

static Sink writing(Output *output, uint8_t *to, int64_t room)
{
    output->to = to;
    output->end = to + room;
    return (Sink){NULL, NULL, 0, 0, output->chunk, false};
}

/* Empty the chunk up to `end`, with a zero after each 0xFF, F.1.2.3. */
static int spill(Output *output, const uint8_t *end)
{
    for (const uint8_t *from = output->chunk; from < end;) {
        const uint8_t *mark = memchr(from, 0xFF, (size_t)(end - from));
        size_t length = (size_t)((mark ? mark + 1 : end) - from);
        if ((size_t)(output->end - output->to) < length + 1)
            return NO_SPACE;
        memcpy(output->to, from, length);
        output->to += length;
        from += length;
        if (mark)
            *output->to++ = 0;
    }
    return 0;
}

/* To be called before each block. */
INLINE int make_room(Sink *sink, Output *output)
{
    if (__builtin_expect(sink->next < output->chunk + CHUNK, 1))
        return 0;
    int status = spill(output, sink->next);
    sink->next = output->chunk;
    return status;
}

INLINE void put(Sink *sink, uint32_t bits, int count) /* 1 to 32 */
{
    sink->pending |= (uint64_t)bits << (64 - sink->count - count);
    sink->count += count;
    uint64_t eight = sink->pending;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    eight = __builtin_bswap64(eight);
#endif
    memcpy(sink->next, &eight, 8);
    sink->next += sink->count >> 3;
    sink->pending <<= sink->count & ~7;
    sink->count &= 7;
}

/* Fill the last byte with ones, F.1.2.3, and empty the chunk. */
INLINE int end_writing(Sink *sink, Output *output)
{
    int missing = -sink->count & 7;
    if (missing)
        put(sink, (1u << missing) - 1, missing);
    return spill(output, sink->next);
}

INLINE void emit(Sink *sink, int symbol, int value, int size)
{
    if (sink->counts) {
        sink->counts[symbol]++;
        return;
    }
    int length = sink->code->lengths[symbol];
    uint32_t own = (uint32_t)value & ((1u << size) - 1);
    if (UNLIKELY(length == 0)) {
        sink->lacks_code = true;
        return;
    }
    put(sink, (uint32_t)sink->code->codes[symbol] << size | own, length + size);
}

/* F.1.2.1; a negative value is written as one less, in two's complement. */
INLINE void code_dc(Sink *sink, int difference)
{
    int size = size_of(magnitude_of(difference));
    emit(sink, size, difference - (difference < 0), size);
}

/* EOBn, G.1.2.2. */
INLINE void code_end_run(Sink *sink, int32_t *end_run)
{
    if (*end_run == 0)
        return;
    int size = size_of(*end_run) - 1;
    emit(sink, size << 4, *end_run, size);
    *end_run = 0;
}

/* A band of a block: F.1.2.2, and with `end_run` G.1.2.2, where ends are gathered over blocks. */
INLINE void code_band(Sink *sink, const int16_t *block, uint64_t left, const Band *band,
                      int32_t *end_run)
{
    int previous = band->first - 1;
    if (left && end_run)
        code_end_run(sink, end_run);
    for (; left; left &= left - 1) {
        int k = __builtin_ctzll(left), run = k - previous - 1, value = block[k];
        int size = size_of(magnitude_of(value));
        previous = k;
        for (; run > 15; run -= 16)
            emit(sink, SKIP_16, 0, 0);
        emit(sink, run << 4 | size, value - (value < 0), size);
    }
    if (previous == band->last)
        return;
    if (!end_run)
        emit(sink, 0, 0, 0);
    else if (++*end_run == MOST_END_RUN)
        code_end_run(sink, end_run);
}

/* What is counted: one scan for each band of a component. */
typedef struct {
    const Band *bands;
    int32_t band_count;
    bool progressive;
    uint32_t *counts; /* 256 for each band */
    int32_t prediction;
    int32_t end_runs[MOST_BANDS];
} Counting;

INLINE void count_block(Counting *counting_to, const int16_t *block)
{
    const uint64_t mask = nonzero(block);
    for (int i = 0; i < counting_to->band_count; i++) {
        const Band *band = &counting_to->bands[i];
        Sink sink = counting(counting_to->counts + 256 * i);
        if (band->first == 0) {
            code_dc(&sink, block[0] - counting_to->prediction);
            counting_to->prediction = block[0];
        } else {
            code_band(&sink, block, mask & mask_of(band), band,
                      counting_to->progressive ? &counting_to->end_runs[i] : NULL);
        }
    }
}

INLINE void end_counting(Counting *counting_to)
{
    for (int i = 0; i < counting_to->band_count; i++) {
        Sink sink = counting(counting_to->counts + 256 * i);
        code_end_run(&sink, &counting_to->end_runs[i]);
    }
}

INLINE int32_t count_bands(const Plane *plane, const Requantization *to, Counting *result)
{
    int16_t made[64];
    for (int32_t row = 0; row < plane->coded_rows; row++)
        for (int32_t column = 0; column < plane->coded_columns; column++) {
            const int16_t *block = block_at(plane, row, column);
            if (to) {
                requantize_block(block, made, to);
                block = made;
            }
            count_block(result, block);
        }
    end_counting(result);
    return 0;
}

TWICE(int32_t, count_bands, (const Plane *plane, const Requantization *to, Counting *result),
      (plane, to, result))

INLINE int32_t requantize(const Plane *plane, const Requantization *to, Counting *result)
{
    int16_t source[64];
    for (int32_t row = 0; row < plane->coded_rows; row++)
        for (int32_t column = 0; column < plane->coded_columns; column++) {
            int16_t *block = block_at(plane, row, column);
            memcpy(source, block, sizeof source);
            requantize_block(source, block, to);
            count_block(result, block);
        }
    end_counting(result);
    return 0;
}

TWICE(int32_t, requantize, (const Plane *plane, const Requantization *to, Counting *result),
      (plane, to, result))

static bool bands_are_sound(const Band *bands, int32_t count)
{
    for (int i = 0; i < count && count <= MOST_BANDS; i++)
        if (!band_is_sound(&bands[i]))
            return false;
    return count >= 0 && count <= MOST_BANDS;
}

/* Count the symbols of scans of one component alone, one for each band, as they will be once the
   blocks are requantized, or as they are (`to` is NULL). Adds to 256 counts for each band. */
EXPORT int32_t kernel_count_bands(const Plane *plane, const Requantization *to, const Band *bands,
                                  int32_t band_count, int32_t progressive, uint32_t *counts,
                                  int32_t vectors)
{
    if (!plane_is_sound(plane) || (to && !requantization_is_sound(to)) ||
        !bands_are_sound(bands, band_count))
        return BAD_CALL;
    Counting result = {.bands = bands, .band_count = band_count, .counts = counts};
    result.progressive = progressive != 0;
    return CHOOSE(vectors, count_bands, (plane, to, &result));
}

/* Requantize a component in place, and count the symbols of its progressive scans on the way, one for
   each band, if any. Blocks that fill up MCUs are left to kernel_pad. Adds to 256 counts for each
   band. */
EXPORT int32_t kernel_requantize(const Plane *plane, const Requantization *to, const Band *bands,
                                 int32_t band_count, uint32_t *counts, int32_t vectors)
{
    if (!plane_is_sound(plane) || !requantization_is_sound(to) || !bands_are_sound(bands, band_count))
        return BAD_CALL;
    Counting result = {bands, band_count, .progressive = true, .counts = counts};
    return CHOOSE(vectors, requantize, (plane, to, &result));
}

INLINE int write_bands(const Plane *plane, const Band *bands, int32_t count, Output *outputs,
                       Sink *sinks)
{
    int32_t end_runs[MOST_BANDS] = {0}, prediction = 0;
    for (int32_t row = 0; row < plane->coded_rows; row++)
        for (int32_t column = 0; column < plane->coded_columns; column++) {
            const int16_t *block = block_at(plane, row, column);
            const uint64_t mask = nonzero(block);
            for (int i = 0; i < count; i++) {
                Sink sink = sinks[i];
                if (make_room(&sink, &outputs[i]))
                    return NO_SPACE;
                if (bands[i].first == 0)
                    code_dc(&sink, block[0] - prediction);
                else
                    code_band(&sink, block, mask & mask_of(&bands[i]), &bands[i], &end_runs[i]);
                sinks[i] = sink;
            }
            prediction = block[0];
        }
    for (int i = 0; i < count; i++) {
        code_end_run(&sinks[i], &end_runs[i]);
        if (end_writing(&sinks[i], &outputs[i]))
            return NO_SPACE;
        if (sinks[i].lacks_code)
            return BAD_CALL;
    }
    return 0;
}

TWICE(int, write_bands,
      (const Plane *plane, const Band *bands, int32_t count, Output *outputs, Sink *sinks),
      (plane, bands, count, outputs, sinks))

/* G.1.2.1 and G.1.2.2: bands of one component, one scan for each. All of them are written to one
   room, each into the part of it that starts where `starts` says and ends where the next one does, or
   the room. `sizes` gets how many bytes were written. */
EXPORT int32_t kernel_write_bands(const Plane *plane, const Band *bands, const HuffmanCode *codes,
                                  int32_t count, uint8_t *to, const int64_t *starts, int64_t room,
                                  int64_t *sizes, int32_t vectors)
{
    Output outputs[MOST_BANDS];
    Sink sinks[MOST_BANDS];
    if (!plane_is_sound(plane) || !bands_are_sound(bands, count))
        return BAD_CALL;
    for (int i = 0; i < count; i++) {
        const int64_t end = i + 1 < count ? starts[i + 1] : room;
        if (starts[i] < 0 || starts[i] > end || end > room)
            return BAD_CALL;
        sinks[i] = writing(&outputs[i], to + starts[i], end - starts[i]);
        sinks[i].code = &codes[i];
    }
    int status = CHOOSE(vectors, write_bands, (plane, bands, count, outputs, sinks));
    for (int i = 0; i < count; i++)
        sizes[i] = outputs[i].to - to - starts[i];
    return status;
}

static bool gather(const Plane *all, int32_t count, const Plane **planes)
{
    for (int i = 0; i < MOST_COMPONENTS; i++)
        planes[i] = i < count ? &all[i] : NULL;
    return planes_are_sound(planes, count);
}

/* The DC coefficients of one component, in the order of a scan whose MCUs have `width` times `height`
   of its blocks. */
static void count_dc_of(const Plane *plane, int width, int height, int32_t columns, int32_t rows,
                        const Requantization *to, uint32_t *counts)
{
    const uint16_t multiplier = to ? to->multipliers[0] : 0, rounding = to ? to->rounding[0] : 0;
    Sink sink = counting(counts);
    int prediction = 0;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++)
            for (int v = 0; v < height; v++)
                for (int h = 0; h < width; h++) {
                    int dc = *block_at(plane, row * height + v, column * width + h);
                    if (to)
                        dc = quantize((int16_t)dc, multiplier, rounding);
                    code_dc(&sink, dc - prediction);
                    prediction = dc;
                }
}

/* Count the symbols of the DC coefficients of all components in one scan, as they will be once
   requantized. Adds to 256 counts for the first component and 256 for the others. */
EXPORT int32_t kernel_count_dc(const Plane *all, int32_t count, const Requantization *const *to,
                               uint32_t *counts)
{
    const Plane *planes[MOST_COMPONENTS];
    int32_t columns, rows;
    if (!gather(all, count, planes))
        return BAD_CALL;
    count_mcus(planes, count, &columns, &rows);
    for (int i = 0; i < count; i++)
        count_dc_of(planes[i], count == 1 ? 1 : planes[i]->horizontal,
                    count == 1 ? 1 : planes[i]->vertical, columns, rows, to ? to[i] : NULL,
                    counts + (i ? 256 : 0));
    return 0;
}

/* All components in one scan, A.2.3: DC alone (G.1.2.1) where `ac` is NULL, else whole blocks
   (F.1.2). Two codes each, for the first component and for the others. Returns how many bytes were
   written, or an error. */
EXPORT int64_t kernel_write_interleaved(const Plane *all, int32_t count, const HuffmanCode *dc,
                                        const HuffmanCode *ac, uint8_t *to, int64_t room)
{
    static const Band whole = {1, 63};
    const Plane *planes[MOST_COMPONENTS];
    int32_t columns, rows, prediction[MOST_COMPONENTS] = {0};
    if (!gather(all, count, planes) || room < 0)
        return BAD_CALL;
    count_mcus(planes, count, &columns, &rows);
    Output output;
    Sink sink = writing(&output, to, room);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++)
            for (int i = 0; i < count; i++) {
                const int height = count == 1 ? 1 : planes[i]->vertical;
                const int width = count == 1 ? 1 : planes[i]->horizontal;
                for (int v = 0; v < height; v++)
                    for (int h = 0; h < width; h++) {
                        const int16_t *block =
                            block_at(planes[i], row * height + v, column * width + h);
                        if (make_room(&sink, &output))
                            return NO_SPACE;
                        sink.code = &dc[i > 0];
                        code_dc(&sink, block[0] - prediction[i]);
                        prediction[i] = block[0];
                        if (ac) {
                            sink.code = &ac[i > 0];
                            code_band(&sink, block, nonzero(block) & mask_of(&whole), &whole, NULL);
                        }
                    }
            }
    if (end_writing(&sink, &output))
        return NO_SPACE;
    return sink.lacks_code ? BAD_CALL : output.to - to;
}

/* ------------------------------------------------------------------------------------------------
   Transforms, as products with small matrices that the caller hands over. */

static const uint8_t natural_order[64] = { /* figure A.6 */
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

typedef float Row __attribute__((vector_size(32), aligned(4)));
typedef int32_t Lanes __attribute__((vector_size(32), aligned(4)));

/* The coefficients of a block times their steps, in rows of rising vertical frequency, or with
   `across` in rows of rising horizontal frequency. Returns which rows have any. */
INLINE uint32_t dequantize(const int16_t *block, const float *steps, bool across, float *to)
{
    uint32_t rows = 0;
    memset(to, 0, 64 * sizeof *to);
    for (uint64_t left = nonzero(block); left; left &= left - 1) {
        int k = __builtin_ctzll(left), place = natural_order[k];
        if (across)
            place = (place & 7) << 3 | place >> 3;
        to[place] = (float)block[k] * steps[k];
        rows |= 1u << (place >> 3);
    }
    return rows;
}

/* Eight values to the nearest integers, no more than `least` and `most` say; both are less than 2^14
   in magnitude. */
INLINE void round_all(const float *from, float least, float most, int32_t *to)
{
    Row values, low = {0}, high = {0};
    memcpy(&values, from, sizeof values);
    low += least;
    high += most;
    Lanes below = values < low, above = values > high;
    values = (Row)((below & (Lanes)low) | (above & (Lanes)high) | (~(below | above) & (Lanes)values));
    Lanes rounded = __builtin_convertvector(values + 16384.5f, Lanes) - 16384;
    memcpy(to, &rounded, sizeof rounded);
}

INLINE void store_in_quarters(const float *from, bool across, int16_t *block)
{
    int32_t natural[64];
    for (int i = 0; i < 64; i += 8) {
        float quarters[8];
        for (int j = 0; j < 8; j++)
            quarters[j] = from[i + j] * 4.0f;
        round_all(quarters, -LARGEST_IN_QUARTERS, LARGEST_IN_QUARTERS, natural + i);
    }
    for (int k = 0; k < 64; k++) {
        int place = natural_order[k];
        block[k] = (int16_t)natural[across ? (place & 7) << 3 | place >> 3 : place];
    }
}

INLINE void add_product(const float *matrix, int width, int height, const float *from, uint32_t rows,
                        Row *sums)
{
    for (; rows; rows &= rows - 1) {
        int row = __builtin_ctz(rows);
        Row values;
        memcpy(&values, from + 8 * row, sizeof values);
        for (int i = 0; i < height; i++)
            sums[i] += matrix[i * width + row] * values;
    }
}

/* A matrix of 8 by 8 and its transpose. */
typedef struct {
    float rows[64], columns[64];
} Matrix;

static Matrix with_transpose(const float *rows)
{
    Matrix matrix;
    for (int i = 0; i < 64; i++)
        matrix.rows[i] = matrix.columns[(i & 7) * 8 + (i >> 3)] = rows[i];
    return matrix;
}

/* matrix * from * its transpose, in rows of 8 of which `side` rows and columns count. */
INLINE void multiply_twice(const Matrix *matrix, int side, const float *from, uint32_t rows,
                           float *to)
{
    float half[64];
    Row sums[8] = {{0}};
    add_product(matrix->rows, 8, side, from, rows & (0xFFu >> (8 - side)), sums);
    memcpy(half, sums, sizeof half);
    for (int i = 0; i < side; i++) {
        Row sum = {0};
        for (int j = 0; j < side; j++) {
            Row column;
            memcpy(&column, matrix->columns + 8 * j, sizeof column);
            sum += half[8 * i + j] * column;
        }
        memcpy(to + 8 * i, &sum, sizeof sum);
    }
}

/* Two blocks become one: `matrix` is 8 by 16. */
INLINE void join(const int16_t *one, const int16_t *other, const float *steps, const float *matrix,
                 bool across, int16_t *to)
{
    float values[64];
    Row sums[8] = {{0}};
    uint32_t rows = dequantize(one, steps, across, values);
    add_product(matrix, 16, 8, values, rows, sums);
    rows = dequantize(other, steps, across, values);
    add_product(matrix + 8, 16, 8, values, rows, sums);
    memcpy(values, sums, sizeof values);
    store_in_quarters(values, across, to);
}

INLINE int32_t halve(const Plane *plane, const float *steps, const float *matrix, bool across)
{
    const int32_t rows = across ? plane->coded_rows : (plane->coded_rows + 1) / 2;
    const int32_t columns = across ? (plane->coded_columns + 1) / 2 : plane->coded_columns;
    for (int32_t row = 0; row < rows; row++)
        for (int32_t column = 0; column < columns; column++) {
            int64_t down = across ? row : 2 * row, right = across ? 2 * column : column;
            const int16_t *one = block_at(plane, down, right), *other = one;
            if (across && right + 1 < plane->coded_columns)
                other = block_at(plane, down, right + 1);
            if (!across && down + 1 < plane->coded_rows)
                other = block_at(plane, down + 1, right);
            join(one, other, steps, matrix, across, block_at(plane, row, column));
        }
    return 0;
}

TWICE(int32_t, halve, (const Plane *plane, const float *steps, const float *matrix, bool across),
      (plane, steps, matrix, across))

/* Halve a component's samples downwards, or `across`: blocks are joined by pairs, in place, and
   counted in quarters afterwards. */
EXPORT int32_t kernel_halve(const Plane *plane, const float *steps, const float *matrix,
                            int32_t across, int32_t vectors)
{
    if (!plane_is_sound(plane))
        return BAD_CALL;
    return CHOOSE(vectors, halve, (plane, steps, matrix, across != 0));
}

INLINE int32_t to_side(const Plane *plane, const float *steps, const float *matrix, const int32_t side,
                       uint8_t *samples, int64_t stride)
{
    const Matrix both = with_transpose(matrix);
    float values[64];
    for (int64_t row = 0; row < plane->coded_rows; row++)
        for (int64_t column = 0; column < plane->coded_columns; column++) {
            uint8_t *to = samples + row * side * stride + column * side;
            uint32_t rows = dequantize(block_at(plane, row, column), steps, false, values);
            multiply_twice(&both, side, values, rows, values);
            for (int y = 0; y < side; y++) {
                int32_t rounded[8];
                uint8_t line[8];
                round_all(values + 8 * y, -128.0f, 127.0f, rounded);
                for (int x = 0; x < 8; x++)
                    line[x] = (uint8_t)(rounded[x] + 128);
                memcpy(to + y * stride, line, (size_t)side);
            }
        }
    return 0;
}

/* The usual sides as constants, so that their loops are laid out. */
INLINE int32_t to_samples(const Plane *plane, const float *steps, const float *matrix, int32_t side,
                          uint8_t *samples, int64_t stride)
{
    if (side == 8)
        return to_side(plane, steps, matrix, 8, samples, stride);
    if (side == 4)
        return to_side(plane, steps, matrix, 4, samples, stride);
    return to_side(plane, steps, matrix, side, samples, stride);
}

TWICE(int32_t, to_samples,
      (const Plane *plane, const float *steps, const float *matrix, int32_t side, uint8_t *samples,
       int64_t stride),
      (plane, steps, matrix, side, samples, stride))

/* The inverse transform, A.3.3, to `side` samples a block: coded_rows * side lines. */
EXPORT int32_t kernel_to_samples(const Plane *plane, const float *steps, const float *matrix,
                                 int32_t side, uint8_t *samples, int64_t stride, int32_t vectors)
{
    if (!plane_is_sound(plane) || side < 1 || side > 8 ||
        stride < (int64_t)plane->coded_columns * side)
        return BAD_CALL;
    return CHOOSE(vectors, to_samples, (plane, steps, matrix, side, samples, stride));
}

INLINE int32_t from_samples(const Plane *plane, const float *matrix, const uint8_t *samples,
                            int32_t width, int32_t height, int64_t stride)
{
    const Matrix both = with_transpose(matrix);
    float values[64];
    for (int32_t row = 0; row < plane->coded_rows; row++)
        for (int32_t column = 0; column < plane->coded_columns; column++) {
            for (int y = 0; y < 8; y++) {
                int32_t down = row * 8 + y < height ? row * 8 + y : height - 1;
                const uint8_t *line = samples + down * stride;
                for (int x = 0; x < 8; x++) {
                    int32_t right = column * 8 + x < width ? column * 8 + x : width - 1;
                    values[8 * y + x] = (float)line[right] - 128.0f;
                }
            }
            multiply_twice(&both, 8, values, 0xFF, values);
            store_in_quarters(values, false, block_at(plane, row, column));
        }
    return 0;
}

TWICE(int32_t, from_samples,
      (const Plane *plane, const float *matrix, const uint8_t *samples, int32_t width,
       int32_t height, int64_t stride),
      (plane, matrix, samples, width, height, stride))

/* The forward transform, A.3.3, to quarters; the last sample and the last line are repeated. */
EXPORT int32_t kernel_from_samples(const Plane *plane, const float *matrix, const uint8_t *samples,
                                   int32_t width, int32_t height, int64_t stride, int32_t vectors)
{
    enum { MOST_BLOCKS = 1 << 24 };
    if (!plane_is_sound(plane) || width < 1 || height < 1 || stride < width ||
        plane->coded_rows > MOST_BLOCKS || plane->coded_columns > MOST_BLOCKS)
        return BAD_CALL;
    return CHOOSE(vectors, from_samples, (plane, matrix, samples, width, height, stride));
}

/* ------------------------------------------------------------------------------------------------ */

/* What a library that was just built is tried with: a picture of four blocks is made coarser, written,
   and read again. Returns 0 where it comes back as it was. */
EXPORT int32_t kernel_try(void)
{
    int16_t blocks[4 * 64] = {0}, again[4 * 64] = {0};
    const Plane plane = {blocks, 128, 2, 2, 2, 2, 1, 1}, read = {again, 128, 2, 2, 2, 2, 1, 1};
    const Scan scan = {1, {0}, {0}, {0}, 0, 63, 0, 0, 0, 0};
    const Band whole = {1, 63};
    Requantization half = {.dropping = DROP_NOTHING};
    for (int k = 0; k < 64; k++) {
        half.multipliers[k] = 1 << 15;
        for (int i = 0; i < 4; i++)
            blocks[64 * i + k] = (int16_t)((k % 7 == i) * (k - 40) * 9);
    }
    uint32_t counts[3][256] = {{0}};
    HuffmanTable tables[8] = {{{0}, {0}}};
    HuffmanCode codes[2];
    uint8_t written[8192] = {0};
    if (kernel_requantize(&plane, &half, NULL, 0, NULL, kernel_vectors()) ||
        kernel_count_dc(&plane, 1, NULL, counts[0]) ||
        kernel_count_bands(&plane, NULL, &whole, 1, false, counts[2], kernel_vectors()) ||
        kernel_fit_code(counts[0], &tables[0], &codes[0]) < 1 ||
        kernel_fit_code(counts[2], &tables[4], &codes[1]) < 1)
        return 1;
    int64_t size = kernel_write_interleaved(&plane, 1, &codes[0], &codes[1], written, 4096);
    if (size < 1 || kernel_decode_scan(written, size, &read, &scan, tables, kernel_vectors()) != size)
        return 1;
    return memcmp(blocks, again, sizeof blocks) != 0 || blocks[192 + 3] != -37 * 9 / 2;
}
