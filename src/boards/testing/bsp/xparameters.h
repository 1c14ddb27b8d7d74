/* A stand-in: nothing of it is asked for where lutra_addresses.h says all. */
#ifndef XPARAMETERS_H
#define XPARAMETERS_H

#endif
