/* SPDX-License-Identifier: BSD-2-Clause */
/* adm - what ikeadm asks the engine (ike/ike.h, ike/view.h). */
#ifndef IKE_ADM_H
#define IKE_ADM_H

#include "ike/inside.h"

void adm_asked(struct ike *ike, const struct ike_event *ev);

#endif /* IKE_ADM_H */
