/* libFuzzer's target for the kernel: bytes become planes, tables and scans as a caller could hand them over, and whatever
   scan decodes goes through everything else. Findings are reads or writes outside, and undefined behaviour. */

#include <stdlib.h>

#include "../../../resize_core/formats/jpeg/coefficients/kernel.c"



enum { MOST_SIDE = 80 };

typedef struct {
    const uint8_t *next, *end;
} Input;

static uint8_t byte(Input *input)
{
    return input->next < input->end ? *input->next++ : 0;
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

typedef struct {
    Plane planes[3];
    float steps[64];
    int count;
} Photo;

static int ceil_of(int a, int b)
{
    return (a + b - 1) / b;
}

/* As decode.py lays out a picture: exactly as much memory as it says, so that one step outside is seen. */
static void lay_out(Photo *photo, int width, int height, const uint8_t *factors)
{
    int most_h = 1, most_v = 1;
    for (int i = 0; i < photo->count; i++) {
        photo->planes[i].horizontal = photo->count == 1 ? 1 : 1 + (factors[i] >> 2 & 3);
        photo->planes[i].vertical = photo->count == 1 ? 1 : 1 + (factors[i] & 3);
        most_h = photo->planes[i].horizontal > most_h ? photo->planes[i].horizontal : most_h;
        most_v = photo->planes[i].vertical > most_v ? photo->planes[i].vertical : most_v;
    }
    for (int i = 0; i < photo->count; i++) {
        Plane *plane = &photo->planes[i];
        plane->columns = ceil_of(width, 8 * most_h) * plane->horizontal;
        plane->rows = ceil_of(height, 8 * most_v) * plane->vertical;
        plane->coded_columns = ceil_of(width * plane->horizontal, 8 * most_h);
        plane->coded_rows = ceil_of(height * plane->vertical, 8 * most_v);
        int room = plane->columns + (factors[i] >> 4 & 1);
        plane->row_stride = room * 64;
        plane->blocks = calloc((size_t)(plane->rows * room) * 64, sizeof *plane->blocks);
    }
}

static void read_table(Input *input, HuffmanTable *table)
{
    int total = 0;
    for (int length = 1; length <= 16; length++)
        total += table->counts[length] = byte(input);
    for (int i = 0; i < total && i < 256; i++)
        table->symbols[i] = byte(input);
}

/* Lies about geometry have to be refused. */
static void lie(Input *input, const Photo *photo, const Scan *scan, const HuffmanTable *tables)
{
    Plane false_planes[3];
    memcpy(false_planes, photo->planes, sizeof false_planes);
    int32_t *field = (int32_t[]){0};
    Plane *plane = &false_planes[scan->components[0]];
    int32_t *const fields[] = {&plane->coded_columns, &plane->coded_rows, &plane->horizontal,
                               &plane->vertical};
    field = fields[byte(input) & 3];
    *field += 1 + byte(input) * 1000000;
    if (field == &plane->coded_columns ? *field > plane->columns
                                       : field == &plane->coded_rows ? *field > plane->rows
                                                                     : *field > 4)
        check(kernel_decode_scan(input->next, input->end - input->next, false_planes, scan,
                                 tables, kernel_vectors()) < 0);
}

static void decode_scans(Input *input, const Photo *photo, bool progressive)
{
    HuffmanTable tables[8];
    memset(tables, 0, sizeof tables);
    for (int scans = 1 + byte(input) % 12; scans > 0; scans--) {
        for (int change = byte(input), i = 0; i < 8; i++)
            if (change >> i & 1)
                read_table(input, &tables[i]);
        Scan scan = {.progressive = progressive};
        scan.count = 1 + byte(input) % photo->count;
        int start = byte(input);
        for (int i = 0; i < scan.count; i++) {
            uint8_t choice = byte(input);
            scan.components[i] = scan.count == 1 ? start % photo->count : i;
            scan.dc_tables[i] = choice >> 4 & 3;
            scan.ac_tables[i] = choice & 3;
        }
        scan.first = byte(input) & 127;
        scan.last = byte(input) & 127;
        scan.high = byte(input) & 15;
        scan.low = byte(input) & 15;
        scan.restart_interval = byte(input);
        if (byte(input) == 77)
            lie(input, photo, &scan, tables);
        int64_t size = byte(input) << 8, rest = input->end - input->next;
        size = (size | byte(input)) < rest ? size | byte(input) : rest;
        rest = input->end - input->next;
        size = size < rest ? size : rest;
        uint8_t *data = malloc((size_t)size + 1); /* its own piece of memory, to the byte */
        uint8_t *exact = size ? realloc(data, (size_t)size) : data;
        memcpy(exact, input->next, (size_t)size);
        int64_t used = kernel_decode_scan(exact, size, photo->planes, &scan, tables, kernel_vectors());
        check(used <= size);
        free(exact);
        input->next += used > 0 ? used : size;
    }
    for (int i = 0; i < photo->count; i++)
        check(kernel_pad(&photo->planes[i]) == 0);
}

static void choose_requantization(Input *input, Requantization *to, const HuffmanCode *code)
{
    memset(to, 0, sizeof *to);
    for (int k = 0; k < 64; k++) {
        to->multipliers[k] = (uint16_t)(65535 / (1 + byte(input) % 20));
        to->rounding[k] = k ? (uint16_t)(byte(input) << 8 | 0xFF) : 1 << 15;
        to->ratio[k] = (float)to->multipliers[k] / 65536.0f;
        to->weight[k] = (float)byte(input);
    }
    to->price = (float)byte(input) * 0.5f;
    to->dropping = byte(input) % 3;
    to->band_count = byte(input) % (MOST_BANDS + 1);
    for (int i = 0; i < to->band_count; i++) {
        to->bands[i].first = 1 + byte(input) % 63;
        to->bands[i].last = to->bands[i].first + byte(input) % (64 - to->bands[i].first);
        memcpy(to->lengths[i], code->lengths, 256);
    }
}

static void measure(const Plane *plane, const float *source_steps)
{
    uint32_t *magnitudes = calloc(MAGNITUDES * 64, sizeof *magnitudes);
    float steps[3] = {0.0f, 3.0f, 300.0f}, errors[192], bits[192];
    Below *below = malloc((MAGNITUDES + 1) * sizeof *below);
    check(!kernel_measure_steps(plane, source_steps, steps, 3, 0.49f, magnitudes, below, errors, bits));
    for (int i = 0; i < MAGNITUDES * 64; i++)
        check(magnitudes[i] == 0);
    free(below);
    free(magnitudes);
}

static int64_t bits_counted(const uint32_t *counts, const HuffmanCode *code)
{
    int64_t bits = 0;
    for (int i = 0; i < 256; i++)
        bits += (int64_t)counts[i] * (code->lengths[i] + ((i & 15) ? (i & 15) : i == 0xF0 ? 0 : i >> 4));
    return bits;
}

static int64_t unstuffed(const uint8_t *data, int64_t size)
{
    int64_t stuffed = 0;
    for (int64_t i = 0; i + 1 < size; i++)
        stuffed += data[i] == 0xFF;
    return size - stuffed;
}

/* Whatever fits is the same as with room for all; the rest is refused. */
static void write_with_little_room(const Plane *plane, const Band *bands, const HuffmanCode *codes,
                                   int count, const int64_t *whole)
{
    int64_t starts[MOST_BANDS], sizes[MOST_BANDS], room = 0;
    for (int i = 0; i < count; i++, room += 200)
        starts[i] = room;
    uint8_t *small = malloc((size_t)room);
    int status = kernel_write_bands(plane, bands, codes, count, small, starts, room, sizes,
                                    kernel_vectors());
    check(status == 0 || status == NO_SPACE);
    for (int i = 0; i < count; i++)
        check(sizes[i] <= 200 && (status || sizes[i] == whole[i]));
    free(small);
}

static void round_trip_bands(const Plane *plane, const Band *bands, int count)
{
    uint32_t counts[MOST_BANDS * 256] = {0};
    HuffmanTable tables[MOST_BANDS][8] = {{{{0}, {0}}}};
    HuffmanCode codes[MOST_BANDS];
    int64_t starts[MOST_BANDS], sizes[MOST_BANDS], bits[MOST_BANDS], room = 0;
    Plane again = *plane;
    size_t bytes = (size_t)(plane->rows * plane->row_stride) * sizeof *plane->blocks;
    bool is_usual = true;
    again.blocks = calloc(bytes, 1);
    check(kernel_count_bands(plane, NULL, bands, count, 1, counts, kernel_vectors()) == 0);
    for (int i = 0; i < count; i++) {
        check(kernel_fit_code(counts + 256 * i, &tables[i][bands[i].first ? 4 : 0], &codes[i]) >= 0);
        bits[i] = bits_counted(counts + 256 * i, &codes[i]);
        starts[i] = room;
        room += bits[i] / 4 + 700;
    }
    uint8_t *to = malloc((size_t)room);
    check(kernel_write_bands(plane, bands, codes, count, to, starts, room, sizes, kernel_vectors()) == 0);
    for (int i = 0; i < count; i++) {
        Scan scan = {1, {0}, {0}, {0}, bands[i].first, bands[i].last, 0, 0, 0, 1};
        check(unstuffed(to + starts[i], sizes[i]) == (bits[i] + 7) / 8);
        int64_t used = kernel_decode_scan(to + starts[i], sizes[i], &again, &scan, tables[i],
                                          kernel_vectors());
        is_usual &= used != UNUSUAL; /* quarters may be larger than what a file holds */
        check(!is_usual || used == sizes[i]);
    }
    free(to);
    write_with_little_room(plane, bands, codes, count, sizes);
    for (int row = 0; is_usual && row < plane->coded_rows; row++)
        for (int column = 0; column < plane->coded_columns; column++)
            for (int i = 0; i < count; i++)
                for (int k = bands[i].first; k <= bands[i].last; k++)
                    check(block_at(plane, row, column)[k] == block_at(&again, row, column)[k]);
    free(again.blocks);
}

static void round_trip_interleaved(const Photo *photo)
{
    uint32_t counts[4][256] = {{0}};
    HuffmanTable tables[8] = {{{0}, {0}}};
    HuffmanCode codes[4];
    const Band whole = {1, 63};
    Scan scan = {photo->count, {0, 1, 2}, {0, 1, 1}, {0, 1, 1}, 0, 63, 0, 0, 0, 0};
    Plane again[3];
    int64_t bits = 0;
    if (kernel_count_dc(photo->planes, photo->count, NULL, counts[0]))
        return; /* more blocks in an MCU than there may be */
    for (int i = 0; i < photo->count; i++) {
        Plane all = photo->planes[i];
        if (photo->count > 1) {
            all.coded_columns = all.columns;
            all.coded_rows = all.rows;
        }
        check(kernel_count_bands(&all, NULL, &whole, 1, 0, counts[2 + (i > 0)], 0) == 0);
        again[i] = photo->planes[i];
        again[i].blocks = calloc((size_t)(all.rows * all.row_stride), sizeof *all.blocks);
    }
    for (int i = 0; i < 4; i++) {
        check(kernel_fit_code(counts[i], &tables[i < 2 ? i : i + 2], &codes[i]) >= 0);
        bits += bits_counted(counts[i], &codes[i]);
        for (int symbol = 0; i < 2 && symbol < 16; symbol++) /* of DC, the size is the symbol */
            check(counts[i][symbol] == 0 || codes[i].lengths[symbol] > 0);
    }
    int64_t room = bits / 4 + 700;
    uint8_t *to = malloc((size_t)room);
    int64_t size = kernel_write_interleaved(photo->planes, photo->count, codes, codes + 2, to, room);
    check(size >= 0 && unstuffed(to, size) == (bits + 7) / 8);
    int64_t used = kernel_decode_scan(to, size, again, &scan, tables, kernel_vectors());
    bool is_usual = used != UNUSUAL; /* differences of 12 bits are written, and not taken */
    check(!is_usual || used == size);
    for (int i = 0; i < photo->count; i++) {
        const Plane *plane = &photo->planes[i];
        for (int row = 0; is_usual && row < plane->rows; row++)
            check(memcmp(block_at(plane, row, 0), block_at(&again[i], row, 0),
                         (size_t)plane->columns * 128) == 0);
        free(again[i].blocks);
    }
    free(to);
}

static void transform(const Photo *photo, const float *matrix)
{
    for (int i = 0; i < photo->count; i++) {
        const Plane *plane = &photo->planes[i];
        const int side = 1 + (plane->blocks[0] & 7);
        const int width = plane->coded_columns * side, height = plane->coded_rows * side;
        uint8_t *samples = malloc((size_t)(width * height)), *plain = malloc((size_t)(width * height));
        check(!kernel_to_samples(plane, photo->steps, matrix, side, samples, width, kernel_vectors()));
        check(!kernel_to_samples(plane, photo->steps, matrix, side, plain, width, 0));
        check(memcmp(samples, plain, (size_t)(width * height)) == 0);
        check(!kernel_from_samples(plane, matrix, samples, width, height, width, kernel_vectors()));
        free(plain);
        free(samples);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input = {data, data + size};
    Photo photo = {.count = byte(&input) & 1 ? 3 : 1};
    bool progressive = byte(&input) & 1;
    int width = 1 + byte(&input) % MOST_SIDE, height = 1 + byte(&input) % MOST_SIDE;
    uint8_t factors[3] = {byte(&input), byte(&input), byte(&input)};
    uint8_t after = byte(&input);
    float matrix[128];
    HuffmanTable table;
    HuffmanCode code;
    uint32_t counts[256] = {0};
    Requantization to;
    lay_out(&photo, width, height, factors);
    decode_scans(&input, &photo, progressive);
    for (int i = 0; i < 64; i++)
        photo.steps[i] = (float)(1 + byte(&input)) * 0.25f;
    for (int i = 0; i < 128; i++)
        matrix[i] = (float)(byte(&input) - 128) / 128.0f;

    const Band bands[5] = {{0, 0}, {1, 2}, {3, 9}, {10, 40}, {41, 63}};
    for (int i = 0; i < photo.count; i++)
        round_trip_bands(&photo.planes[i], bands, 5);
    round_trip_interleaved(&photo);
    if (kernel_count_bands(&photo.planes[0], NULL, &bands[1 + (after & 3)], 1, 0, counts, 0))
        abort();
    kernel_fit_code(counts, &table, &code);
    choose_requantization(&input, &to, &code);
    for (int i = 0; i < photo.count; i++) {
        Plane *plane = &photo.planes[i];
        uint32_t before[1280] = {0}, made[1280] = {0}, now[1280] = {0};
        if ((after & 7) == 7 && i == 0)
            measure(plane, photo.steps);
        if (after & 4) /* counting what will be is the same as making it and counting */
            check(!kernel_count_bands(plane, &to, bands, 5, 1, before, 0));
        check(!kernel_requantize(plane, &to, bands, 5, made, after & 8 ? kernel_vectors() : 0));
        if (after & 4) {
            check(!kernel_count_bands(plane, NULL, bands, 5, 1, now, kernel_vectors()));
            check(memcmp(before, now, sizeof now) == 0);
            check(memcmp(made, now, sizeof now) == 0);
        }
        if (after & 16) {
            Plane half = *plane;
            check(!kernel_halve(plane, photo.steps, matrix, after & 32, kernel_vectors()));
            if (after & 32)
                half.coded_columns = ceil_of(half.coded_columns, 2);
            else
                half.coded_rows = ceil_of(half.coded_rows, 2);
            check(!kernel_pad(&half));
        }
    }
    for (int i = 0; i < photo.count; i++)
        round_trip_bands(&photo.planes[i], bands, 1 + (after >> 6));
    transform(&photo, matrix);
    for (int i = 0; i < photo.count; i++)
        free(photo.planes[i].blocks);
    return 0;
}
