// GravNet's gathering: every vertex takes the features of its nearest vertices, weighted by a table over squared
// distances, and gives their greatest, sum or mean. Of equally near vertices the first are taken.
// CONFIG_T: n_vertices, n_axes (of coordinates), n_in (features), n_neighbours, include_self, n_parts and gather0,
// gather1, gather2 (what a result is made of, in order), shift_mean (a mean's divisor is 2^log2_neighbours), table_size
// and log2_range (the table covers [0, 2^log2_range)), distance_t, accum_t.
#ifndef LUTRA_GRAVNET_H_
#define LUTRA_GRAVNET_H_

#include "lutra_activation.h"

namespace nnet {

enum { gather_max, gather_sum, gather_mean };

template <typename CONFIG_T, class place_T>
typename CONFIG_T::distance_t gravnet_distance(const place_T *a, const place_T *b) {
    typedef typename CONFIG_T::distance_t distance_t;
    distance_t sum = 0;
    for (unsigned axis = 0; axis < CONFIG_T::n_axes; axis++) {
        const auto apart = a[axis] - b[axis];
        sum = distance_t(sum + distance_t(apart * apart));
    }
    return sum;
}

// Marks the nearest vertices of one, round by round.
template <typename CONFIG_T>
void gravnet_nearest(unsigned vertex, const typename CONFIG_T::distance_t distances[CONFIG_T::n_vertices],
                     bool is_near[CONFIG_T::n_vertices]) {
    for (unsigned v = 0; v < CONFIG_T::n_vertices; v++)
        is_near[v] = false;
Rounds:
    for (unsigned round = 0; round < CONFIG_T::n_neighbours; round++) {
        unsigned best = CONFIG_T::n_vertices;
        for (unsigned v = 0; v < CONFIG_T::n_vertices; v++) {
            if (is_near[v] || (v == vertex && !CONFIG_T::include_self))
                continue;
            if (best == CONFIG_T::n_vertices || distances[v] < distances[best])
                best = v;
        }
        is_near[best] = true;
    }
}

template <class res_T, typename CONFIG_T, class accum_T>
res_T gravnet_part(unsigned how, const accum_T &most, const accum_T &sum) {
    if (how == gather_max)
        return res_T(most);
    if (how == gather_sum)
        return res_T(sum);
    const int log2_neighbours = CONFIG_T::log2_neighbours;
    return CONFIG_T::shift_mean ? res_T(shift<-log2_neighbours>(sum))
                                : res_T(sum / ap_uint<23>(CONFIG_T::n_neighbours));
}

template <class place_T, class data_T, class res_T, typename CONFIG_T, class table_T>
void gravnet_aggregate(const place_T places[CONFIG_T::n_vertices * CONFIG_T::n_axes],
                       const data_T data[CONFIG_T::n_vertices * CONFIG_T::n_in],
                       res_T res[CONFIG_T::n_vertices * CONFIG_T::n_parts * CONFIG_T::n_in], const table_T *table) {
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned parts[3] = {CONFIG_T::gather0, CONFIG_T::gather1, CONFIG_T::gather2};
Vertices:
    for (unsigned v = 0; v < CONFIG_T::n_vertices; v++) {
        typename CONFIG_T::distance_t distances[CONFIG_T::n_vertices];
        bool is_near[CONFIG_T::n_vertices];
        for (unsigned other = 0; other < CONFIG_T::n_vertices; other++)
            distances[other] =
                gravnet_distance<CONFIG_T>(places + v * CONFIG_T::n_axes, places + other * CONFIG_T::n_axes);
        gravnet_nearest<CONFIG_T>(v, distances, is_near);
        for (unsigned f = 0; f < CONFIG_T::n_in; f++) {
            accum_t most = 0, sum = 0;
            bool is_first = true;
            for (unsigned other = 0; other < CONFIG_T::n_vertices; other++) {
                if (!is_near[other])
                    continue;
                const table_T weight = table[clamp_index<CONFIG_T>(table_steps<CONFIG_T>(distances[other]))];
                const accum_t term = accum_t(data[other * CONFIG_T::n_in + f] * weight);
                most = is_first || term > most ? term : most;
                sum = accum_t(sum + term);
                is_first = false;
            }
            for (unsigned part = 0; part < CONFIG_T::n_parts; part++)
                res[(v * CONFIG_T::n_parts + part) * CONFIG_T::n_in + f] =
                    gravnet_part<res_T, CONFIG_T>(parts[part], most, sum);
        }
    }
}

} // namespace nnet

#endif
