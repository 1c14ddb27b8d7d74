// GarNet, simplified: vertices, of which the first `count` are there, give their features to aggregators by edge weights
// e^(-d^2) read by the word of a distance; aggregators' means go through one linear transform, to the mean over all
// vertices or, by the same edge weights, to each of them. Sums over vertices are taken group by group and cut by shifts.
// CONFIG_T: n_vertices, log2_vertices, n_groups, log2_groups (vertices a group: n_vertices / n_groups), n_in (features),
// n_aggregators, n_out (filters), collapse, by_count (means over those that are there); distance_t, edge_t, edge_aggr_t,
// weighted_t, aggr_t, bias_t, and edge_aggr_floor_t, aggr_floor_t: the same types without rounding.
#ifndef LUTRA_GARNET_H_
#define LUTRA_GARNET_H_

#include "lutra_types.h"

namespace nnet {

template <typename CONFIG_T> struct garnet_state {
    typename CONFIG_T::edge_t edges[CONFIG_T::n_vertices * CONFIG_T::n_aggregators];
    typename CONFIG_T::edge_t mean_edges[CONFIG_T::n_aggregators];
    typename CONFIG_T::aggr_t mean_features[CONFIG_T::n_aggregators * CONFIG_T::n_in];
    typename CONFIG_T::aggr_t base[CONFIG_T::n_out * CONFIG_T::n_aggregators];
};

template <typename CONFIG_T, class data_T, class weight_T, class bias_T, class table_T>
table_T garnet_edge(const data_T *x, const weight_T *weights, const bias_T &bias, const table_T *table) {
    typedef typename CONFIG_T::distance_t distance_t;
    distance_t distance = distance_t(bias);
    for (unsigned f = 0; f < CONFIG_T::n_in; f++)
        distance = distance_t(distance + distance_t(x[f] * weights[f]));
    return table[raw_word(distance, 0)];
}

// Means over vertices, and the edge weights of each.
template <typename CONFIG_T, class data_T, class weight_T, class bias_T, class table_T, class norm_T>
void garnet_aggregate(const data_T *data, unsigned count, garnet_state<CONFIG_T> &state, const weight_T *weights,
                      const bias_T *biases, const table_T *table, const norm_T &norm) {
    typedef typename CONFIG_T::edge_t edge_t;
    typedef typename CONFIG_T::edge_aggr_t edge_aggr_t;
    typedef typename CONFIG_T::edge_aggr_floor_t edge_floor_t;
    typedef typename CONFIG_T::aggr_t aggr_t;
    typedef typename CONFIG_T::aggr_floor_t aggr_floor_t;
    typedef typename CONFIG_T::weighted_t weighted_t;
    const unsigned side = CONFIG_T::n_vertices / CONFIG_T::n_groups;
    const int log2_side = CONFIG_T::log2_vertices - CONFIG_T::log2_groups;
Aggregators:
    for (unsigned a = 0; a < CONFIG_T::n_aggregators; a++) {
        edge_aggr_t edge_sum = 0;
        aggr_t sums[CONFIG_T::n_in];
        for (unsigned f = 0; f < CONFIG_T::n_in; f++)
            sums[f] = 0;
    Groups:
        for (unsigned group = 0; group < CONFIG_T::n_groups; group++) {
            edge_aggr_t local_edge = 0;
            aggr_t local[CONFIG_T::n_in];
            for (unsigned f = 0; f < CONFIG_T::n_in; f++)
                local[f] = 0;
            for (unsigned v = group * side; v < (group + 1) * side; v++) {
                const data_T *x = data + v * CONFIG_T::n_in;
                const edge_t edge =
                    v < count ? edge_t(garnet_edge<CONFIG_T>(x, weights + a * CONFIG_T::n_in, biases[a], table))
                              : edge_t(0);
                state.edges[v * CONFIG_T::n_aggregators + a] = edge;
                local_edge = edge_aggr_t(local_edge + edge);
                for (unsigned f = 0; f < CONFIG_T::n_in; f++)
                    local[f] = aggr_t(local[f] + weighted_t(x[f] * edge));
            }
            edge_sum = edge_aggr_t(edge_sum + edge_floor_t(shift<-log2_side>(local_edge)));
            for (unsigned f = 0; f < CONFIG_T::n_in; f++)
                sums[f] = aggr_t(sums[f] + aggr_floor_t(shift<-log2_side>(local[f])));
        }
        const int log2_groups = CONFIG_T::log2_groups;
        state.mean_edges[a] = CONFIG_T::by_count ? edge_t(edge_sum * norm)
                                                 : edge_t(edge_floor_t(shift<-log2_groups>(edge_sum)));
        for (unsigned f = 0; f < CONFIG_T::n_in; f++)
            state.mean_features[a * CONFIG_T::n_in + f] =
                CONFIG_T::by_count ? aggr_t(sums[f] * norm) : aggr_t(aggr_floor_t(shift<-log2_groups>(sums[f])));
    }
}

template <class data_T, class count_T, class res_T, typename CONFIG_T, class weight_T, class offset_T,
          class distance_weight_T, class distance_bias_T, class bias_T, class table_T, class norm_T>
void garnet(const data_T data[CONFIG_T::n_vertices * CONFIG_T::n_in], const count_T there[1], res_T *res,
            const weight_T *weights, const offset_T *offsets, const distance_weight_T *distance_weights,
            const distance_bias_T *distance_biases, const bias_T *biases, const table_T *table, const norm_T *norms) {
    typedef typename CONFIG_T::aggr_t aggr_t;
    typedef typename CONFIG_T::aggr_floor_t aggr_floor_t;
    garnet_state<CONFIG_T> state;
    unsigned count = 0;
    for (unsigned v = 0; v < CONFIG_T::n_vertices; v++)
        count += there[0] >= ap_uint<32>(v + 1) ? 1 : 0;
    garnet_aggregate<CONFIG_T>(data, count, state, distance_weights, distance_biases, table, norms[count]);
Transforms:
    for (unsigned k = 0; k < CONFIG_T::n_out * CONFIG_T::n_aggregators; k++) {
        const unsigned a = k % CONFIG_T::n_aggregators;
        aggr_t sum = aggr_t(state.mean_edges[a] * offsets[k]);
        for (unsigned f = 0; f < CONFIG_T::n_in; f++)
            sum = aggr_t(sum + state.mean_features[a * CONFIG_T::n_in + f] * weights[k * CONFIG_T::n_in + f]);
        state.base[k] = sum;
    }
    const int log2_vertices = CONFIG_T::log2_vertices;
Results:
    for (unsigned o = 0; o < CONFIG_T::n_out; o++) {
        if (CONFIG_T::collapse) {
            const aggr_t all = aggr_t(aggr_t(biases[o]) * there[0]);
            const aggr_floor_t share = aggr_floor_t(shift<-log2_vertices>(all));
            res_T sum = CONFIG_T::by_count ? res_T(biases[o]) : res_T(typename CONFIG_T::bias_t(share));
            for (unsigned a = 0; a < CONFIG_T::n_aggregators; a++)
                sum = res_T(sum + state.mean_edges[a] * state.base[o * CONFIG_T::n_aggregators + a]);
            res[o] = sum;
            continue;
        }
        for (unsigned v = 0; v < CONFIG_T::n_vertices; v++) {
            res_T sum = res_T(biases[o]);
            for (unsigned a = 0; a < CONFIG_T::n_aggregators; a++)
                sum = res_T(sum + res_T(state.edges[v * CONFIG_T::n_aggregators + a] *
                                        state.base[o * CONFIG_T::n_aggregators + a]));
            res[v * CONFIG_T::n_out + o] = v < count ? sum : res_T(0);
        }
    }
}

} // namespace nnet

#endif
