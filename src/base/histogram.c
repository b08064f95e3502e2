#include "llc/base/histogram.h"

#include <assert.h>
#include <math.h>

void histogram_observe(struct histogram *histogram, double value) {
        unsigned i = 0;

        assert(histogram->n_bounds <= HISTOGRAM_BOUNDS_MAX);
        assert(!isnan(value));
        while (i < histogram->n_bounds && value > histogram->bounds[i])
                i++;
        histogram->counts[i]++;
        histogram->count++;
        histogram->sum += value;
}
